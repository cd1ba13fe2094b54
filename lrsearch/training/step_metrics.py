"""Measures the steps of an epoch: gradients, clipping and updates. The results are read once per epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lrsearch.wording import rounded


@dataclass(frozen=True, slots=True)
class StepSummary:
    """The measurements of one trial over one epoch.

    Attributes:
        grad_norm: Mean over steps of the global gradient norm, before clipping.
        metrics: The other measurements, by their names in `records.STEP_METRICS`, rounded to six digits.
    """

    grad_norm: float
    metrics: dict[str, float]


class StepMetrics:
    """Measures the steps of each epoch, for one trial or for the K members of a stack."""

    def __init__(self, weights: Sequence[Tensor], n_steps: int, n_members: int | None = None) -> None:
        """Allocate the sums.

        Args:
            weights: The trained parameters. In a stack, each has shape (K, ...).
            n_steps: Steps in one epoch.
            n_members: K; None for one trial alone.
        """
        first, self._n_steps = weights[0], n_steps
        self._members = () if n_members is None else (n_members,)
        kind: dict[str, Any] = {"device": first.device, "dtype": first.dtype}
        self._totals = torch.zeros(n_steps, *self._members, **kind)
        self._by_parameter = torch.zeros(len(weights), *self._members, **kind)
        self._clipped, self._update = (torch.zeros(self._members, **kind) for _ in range(2))
        # Measure the weights of the first and the last layer: biases and normalization parameters have one dimension.
        layers = [i for i, weight in enumerate(weights) if weight.dim() - len(self._members) > 1] or range(len(weights))
        self._first, self._last = layers[0], layers[-1]

    def begin(self) -> None:
        """Begin an epoch: set the sums to zero."""
        for sums in (self._by_parameter, self._clipped, self._update):
            sums.zero_()

    def wants_update(self, number: int) -> bool:
        """Whether to measure the update of a step; only the middle step of each epoch is measured."""
        return number == self._n_steps // 2

    def see_gradients(self, norms: Tensor, number: int | Tensor) -> Tensor:
        """Record the gradient norms of a step.

        Args:
            norms: Gradient norm of each parameter; (P,) or (P, K).
            number: Number of the step in its epoch, from 0; a tensor, (1,), if the device counts the steps.

        Returns:
            The global norm, () or (K,).
        """
        self._by_parameter += norms
        total: Tensor = torch.linalg.vector_norm(norms, dim=0)
        if isinstance(number, Tensor):
            self._totals.index_copy_(0, number, total.unsqueeze(0))
        else:
            self._totals[number] = total
        return total

    def see_clipping(self, clipped: Tensor) -> None:
        """Record which gradients are clipped at the current step; bool, () or (K,)."""
        self._clipped += clipped

    @torch.no_grad()
    def see_update(self, before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
        """Record the update of the current step from the parameters before and after it."""
        moved = self._global_norm([new - old for old, new in zip(before, after, strict=True)])
        self._update.copy_(moved / self._global_norm(before))

    def _global_norm(self, tensors: Sequence[Tensor]) -> Tensor:
        dims = len(self._members)
        norms = [torch.linalg.vector_norm(each.flatten(dims), dim=dims) for each in tensors]
        total: Tensor = torch.linalg.vector_norm(torch.stack(norms), dim=0)
        return total

    @torch.no_grad()
    def read(self, weights: Sequence[Tensor], n_seen: int) -> list[StepSummary]:
        """Return the measurements of the epoch, one for each member; a list of one for a trial that trains alone.

        Args:
            weights: The parameters as they are now.
            n_seen: Steps of the epoch so far, >= 1.
        """
        totals = self._totals[:n_seen]  # (steps,) or (steps, K)
        first, last = self._by_parameter[self._first] / n_seen, self._by_parameter[self._last] / n_seen
        columns = {
            "grad_norm": totals.mean(0),
            "grad_norm_p90": torch.quantile(totals, 0.9, dim=0),
            "clipped_share": self._clipped / n_seen,
            "grad_norm_first": first,
            "grad_norm_last": last,
            "grad_norm_ratio": first / last,
            "weight_norm": self._global_norm(weights),
            "update_ratio": self._update,
        }
        read = torch.stack([column.reshape(-1) for column in columns.values()]).tolist()  # one transfer from a GPU
        values = dict(zip(columns, read, strict=True))
        grad_norms = values.pop("grad_norm")
        rows = [dict(zip(values, map(_short, row), strict=True)) for row in zip(*values.values(), strict=True)]
        return [StepSummary(*pair) for pair in zip(grad_norms, rows, strict=True)]


def _short(value: float) -> float:
    """Round to six digits, which are precise enough for a diagnosis and take half the space in the log."""
    return rounded(value, 6)
