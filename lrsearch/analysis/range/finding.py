"""What a range test found: its curves, what each method reads from them, and the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lrsearch.analysis.range.methods import METHODS
from lrsearch.analysis.range.probing import PROBE_STEPS, Probes, Suggestion, Unclear, suggest
from lrsearch.analysis.range.ramp import Ramp, n_stable, smooth

OURS = "lrsearch"
"""What the suggestion of this program is called beside the others."""


@dataclass(frozen=True)
class Reading:
    """What one method reads from the curves.

    Attributes:
        formula: How, in a few words.
        lr: Over seeds; None where no seed has an answer.
        by_seed: Of each seed; None where its curve has no answer.
    """

    formula: str
    lr: float | None
    by_seed: tuple[float | None, ...]


@dataclass(frozen=True)
class Finding:
    """What a range test found.

    Attributes:
        ramp: How the rate rose.
        curves: The losses of each seed by step, up to where it ended.
        probes: By rate that was probed the losses of each seed by step; empty where the ramp told nothing.
        answer: The suggested rate and range, or why there is none.
        chance: Loss of a network that knows the class shares alone.
    """

    ramp: Ramp
    curves: tuple[tuple[float, ...], ...]
    probes: Probes
    answer: Suggestion | Unclear
    chance: float = math.inf

    @property
    def suggestion(self) -> Suggestion | None:
        """The suggestion; None where the test cannot tell."""
        return self.answer if isinstance(self.answer, Suggestion) else None

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """What each method reads: ours from the probes, those in use from the ramp; by their names."""
        found = {}
        if (ours := self.suggestion) is not None:
            n_seeds = len(next(iter(self.probes.values())))
            by_seed = tuple(self._suggested_by(seed) for seed in range(n_seeds))
            found[OURS] = Reading(f"lowest loss after {PROBE_STEPS} steps, off collapse", ours.lr, by_seed)
        for name, method in METHODS.items():
            by_seed = tuple(self._read(name, losses) for losses in self.curves)
            answers = [lr for lr in by_seed if lr is not None]
            found[name] = Reading(method.formula, method.over_seeds(answers) if answers else None, by_seed)
        return found

    def _suggested_by(self, seed: int) -> float | None:
        alone = suggest({lr: [losses[seed]] for lr, losses in self.probes.items()}, self.chance)
        return alone.lr if isinstance(alone, Suggestion) else None

    def _read(self, name: str, losses: tuple[float, ...]) -> float | None:
        method, n_steps = METHODS[name], n_stable(losses)
        rates = [self.ramp.rate(step) for step in range(n_steps)]
        return method.suggest(rates, smooth(losses[:n_steps], method.smoothing)) if n_steps else None
