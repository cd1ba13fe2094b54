"""The result of a range test: the loss curves, the rate that each method reads from the curves, and the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lrsearch.analysis.range.methods import METHODS
from lrsearch.analysis.range.probing import PROBE_STEPS, Probes, Suggestion, Unclear, suggest
from lrsearch.analysis.range.ramp import Ramp, n_stable, smooth

LRSEARCH_METHOD = "lrsearch"
"""Name of lrsearch's own method in tables and in `range.json`, next to the published methods."""


@dataclass(frozen=True)
class Reading:
    """The rate that one method reads from the loss curves.

    Attributes:
        formula: The method in a few words.
        lr: One rate for all seeds together; None if the method finds none.
        by_seed: The rate of each seed alone; None for a seed if the method finds no rate in its losses.
    """

    formula: str
    lr: float | None
    by_seed: tuple[float | None, ...]


@dataclass(frozen=True)
class Finding:
    """The result of a range test.

    Attributes:
        ramp: How the rate rose.
        curves: Losses of each seed's ramp, one for each step until the ramp ended; (seeds, steps).
        probes: Losses at each probed rate, for each seed and step; empty if the ramps gave no bracket.
        answer: The suggested rate and range, or why there is none.
        untrained_loss: Loss of a network that has learned nothing but the class shares, in nats; infinite if unknown.
    """

    ramp: Ramp
    curves: tuple[tuple[float, ...], ...]
    probes: Probes
    answer: Suggestion | Unclear
    untrained_loss: float = math.inf

    @property
    def suggestion(self) -> Suggestion | None:
        """The suggested rate and range; None if the test found none."""
        return self.answer if isinstance(self.answer, Suggestion) else None

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """The reading of each method, by name. lrsearch's method reads the probes, published methods read the ramps."""
        found = {}
        if (suggestion := self.suggestion) is not None:
            n_seeds = len(next(iter(self.probes.values())))
            by_seed = tuple(self._suggested_by(seed) for seed in range(n_seeds))
            formula = f"rate with the lowest loss after {PROBE_STEPS} steps, well below the rates that collapse"
            found[LRSEARCH_METHOD] = Reading(formula, suggestion.lr, by_seed)
        for name, method in METHODS.items():
            by_seed = tuple(self._read(name, losses) for losses in self.curves)
            answers = [lr for lr in by_seed if lr is not None]
            found[name] = Reading(method.formula, method.over_seeds(answers) if answers else None, by_seed)
        return found

    def _suggested_by(self, seed: int) -> float | None:
        alone = suggest({lr: [losses[seed]] for lr, losses in self.probes.items()}, self.untrained_loss)
        return alone.lr if isinstance(alone, Suggestion) else None

    def _read(self, name: str, losses: tuple[float, ...]) -> float | None:
        method, n_steps = METHODS[name], n_stable(losses)
        rates = [self.ramp.rate(step) for step in range(n_steps)]
        return method.suggest(rates, smooth(losses[:n_steps], method.smoothing)) if n_steps else None
