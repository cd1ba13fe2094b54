"""The training loss of a plugin, as a function of the outputs of a network."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from lrsearch.catalog import LOSSES
from lrsearch.errors import UsageError
from lrsearch.plugins import plugin_name
from lrsearch.spec import Choice


def plugged_loss(choice: Choice) -> Callable[[Tensor, Tensor], Tensor] | None:
    """Return the loss of a plugin, from outputs and targets to their mean, (); None for the built-in loss.

    Args:
        choice: The spec's loss.
    """
    entry = LOSSES[choice.name]
    if not entry.plugin:
        return None
    build, what = entry.build, f"loss '{entry.name}' ({plugin_name(entry.plugin)})"
    if build is None:
        raise UsageError(f"{what}: the plugin is not loaded; name its file with --plugin")

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        if targets.is_floating_point():  # (B, 1) and (B,) would broadcast to (B, B)
            outputs = outputs.reshape(targets.shape)
        answer = build(outputs, targets, **choice.options)
        if not isinstance(answer, Tensor) or not answer.is_floating_point() or answer.shape not in {(), targets.shape}:
            found = f"shape {tuple(answer.shape)}" if isinstance(answer, Tensor) else type(answer).__name__
            raise UsageError(
                f"{what}: the function returned {found}; expected a tensor of shape () or ({len(targets)},), a mean or "
                "a loss for each example"
            )
        return answer.mean()

    return loss
