"""Writes `card.md`: what a network was trained on, with which rate and why, its scores, and how to train it again."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from lrsearch.catalog import MODELS, OPTIMIZERS
from lrsearch.final.record import FinalTest
from lrsearch.final.words import final_lines, rates_of
from lrsearch.plans import FinalPlan
from lrsearch.reporting.terminal import further_settings, named, schedule_words
from lrsearch.spec import Spec, search_metric
from lrsearch.store import Manifest, markdown_text
from lrsearch.wording import counted, some_of, visible

if TYPE_CHECKING:
    from lrsearch.final.testing import Trained

_MOST_NAMED = 100  # classes


def card_md(manifest: Manifest, plan: FinalPlan, spec: Spec, test: FinalTest, networks: Trained) -> str:
    """Write the card of a final training as Markdown.

    Args:
        manifest: The manifest of the training.
        plan: What the training did beside its spec.
        spec: Its spec.
        test: Its result.
        networks: Its networks, and the data that they were trained on.
    """
    task, train = manifest.task, spec.train
    model = "your own network" if "model" in manifest.given else named(spec.model, MODELS[spec.model.name])
    sizes = [] if task.n_train is None else [f"{task.n_train:,} {task.kind} to train with"]
    sizes += [] if task.n_val is None else [f"{task.n_val:,} to validate with"]
    sizes += [] if test.n_test is None else [f"{test.n_test:,} to test with"]
    rows = [
        ("network", model),
        ("data", ", ".join([task.name, *sizes])),
        *_output_rows(networks),
        ("learning rate", f"{rates_of(spec)[0]:g} ({plan.reason})"),
        ("optimizer", named(train.optimizer, OPTIMIZERS[train.optimizer.name])),
        ("schedule", schedule_words(spec)),
        ("length", f"{counted(train.epochs, 'epoch')}, batches of {spec.data.batch_size}"),
        *([("further", ", ".join(further))] if (further := further_settings(spec)) else []),
        ("seeds", f"{spec.search.repeats} (spec's seed {spec.seed})"),
        ("trained", f"{manifest.created[:10]} in {manifest.train_seconds:.0f} s, {_versions(manifest)}"),
    ]
    lines = final_lines(plan, test, search_metric(spec), spec.search.repeats)
    table = "\n".join(f"| {key} | {markdown_text(value)} |" for key, value in rows)
    scores = "\n".join(f"- {markdown_text(line)}" for line in lines)
    if len(test.scores) > 1:
        scores += f"\n- each seed: {', '.join(f'{score:.4f}' for score in test.scores)}"
    values = visible(json.dumps(manifest.spec, indent=2))
    return (
        f"# {markdown_text(manifest.name)}\n\n| | |\n|---|---|\n{table}\n\n## Scores\n\n{scores}\n\n## Files\n\n"
        f"{_files(test)}\n\n## Train it again\n\n```\n{visible(shlex.join(manifest.command))}\n```\n\n"
        f"The spec of the training:\n\n```json\n{values}\n```\n"
    )


def _output_rows(networks: Trained) -> list[tuple[str, str]]:
    """Say what the outputs of the network mean."""
    names, scale = networks.split.class_names, networks.data.target_scale
    if scale is not None:
        mean, deviation = scale
        return [("output", f"standardised; the predicted number is {mean:.6g} + {deviation:.6g} * output")]
    listed = [f"{i} {name}" for i, name in enumerate(names)]
    return [("classes", some_of(listed, _MOST_NAMED))] if listed else []


def _versions(manifest: Manifest) -> str:
    return ", ".join(f"{name} {manifest.versions[name]}" for name in ("torch", "lrsearch") if name in manifest.versions)


_ABOUT = {
    "weights.safetensors": "parameters and buffers of the network",
    "model.py": "the network in plain torch; `python model.py` tests it again",
    "vocabulary.txt": "the words that the network knows, in the order of their numbers",
    "test.safetensors": "the test examples and their classes",
}
_UNTESTED = {"model.py": "the network in plain torch"}


def _files(test: FinalTest) -> str:
    about = _ABOUT if "test.safetensors" in test.files else _ABOUT | _UNTESTED
    lines = [f"- `{name}`: {about[name]}" for name in test.files if name in about]
    others = [name for name in test.files if name not in _ABOUT and name.endswith(".safetensors")]
    if others:
        lines += [f"- {', '.join(f'`{name}`' for name in others)}: the networks of the other seeds"]
    if plugins := [name for name in test.files if name.startswith("plugins/")]:
        lines += [
            f"- {', '.join(f'`{name}`' for name in plugins)}: your own code, as it was when the network was trained"
        ]
    return "\n".join(lines)
