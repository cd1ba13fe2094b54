"""Lists what a spec names in the catalog, so that the plugins that it needs are known."""

from __future__ import annotations

from lrsearch.spec.sections import Spec
from lrsearch.spec.spec_changes import arm_specs


def named_entries(spec: Spec) -> tuple[tuple[str, str], ...]:
    """Return the kind and the name of each catalog entry that a spec or one of its arms names.

    Example:
        >>> from lrsearch.spec.parsing import make_spec
        >>> named_entries(make_spec({}))[:3]
        (('dataset', 'digits'), ('model', 'mlp'), ('optimizer', 'sgd'))
    """
    found: dict[tuple[str, str], None] = {}
    for arm in arm_specs(spec).values():
        choices = {
            "dataset": arm.data.dataset,
            "model": arm.model,
            "optimizer": arm.train.optimizer,
            "schedule": arm.train.schedule,
            "loss": arm.train.loss,
        }
        if "scale" not in arm.search.metric.options:  # a metric with a scale is reported by a program
            choices["metric"] = arm.search.metric
        found |= dict.fromkeys((kind, choice.name) for kind, choice in choices.items())
    return tuple(found)
