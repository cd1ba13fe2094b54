"""The range test as a strategy: a ramp for each seed, then rates that stand, in the bracket that the ramps leave."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lrsearch.analysis.range import (
    PROBE_SEEDS,
    PROBE_STEPS,
    Finding,
    Ramp,
    Unclear,
    find_bracket,
    further_rates,
    probe_rates,
    suggest,
)
from lrsearch.interfaces import Answer
from lrsearch.records import RAMP, Result, Trial

MOST_ROUNDS = 3
"""Times that rates are probed: in the bracket, and twice beyond the end at which the best rate lies."""

_PROBE = "probe"


class Ranging:
    """Proposes the trials of a range test, whose lengths are counted in steps; at the end `finding` tells."""

    def __init__(self, ramp: Ramp, *, n_seeds: int, chance: float = math.inf, arm: str = "") -> None:
        """Begin with the ramps.

        Args:
            ramp: How the rate rises.
            n_seeds: Ramps, each with weights and batches of its own, >= 1.
            chance: Loss of a network that knows the class shares alone.
            arm: Whose trials they are.
        """
        self._ramp, self._chance, self._arm = ramp, chance, arm
        self._curves: dict[int, tuple[float, ...]] = {}
        self._probes: dict[float, dict[int, tuple[float, ...]]] = {}
        self._n_asked = self._n_told = self._rounds = 0
        self._queue: list[Trial] = []
        self._add([ramp.low], n_seeds, ramp.steps, RAMP)
        self.finding: Finding | None = None

    def ask(self) -> Trial | Answer:
        """The next trial; WAIT until the results of a round are in."""
        if self._queue:
            return self._queue.pop(0)
        return Answer.DONE if self.finding else Answer.WAIT

    def tell(self, result: Result) -> None:
        """Take a result; the last one of a round decides about the next."""
        losses, trial = tuple(point.train_loss for point in result.points), result.trial
        if trial.stage == RAMP:
            self._curves[trial.repeat] = losses
        else:
            self._probes.setdefault(trial.lr, {})[trial.repeat] = losses
        self._n_told += 1
        if self._n_told == self._n_asked:
            self._go_on()

    def _go_on(self) -> None:
        """Look closer, look further, or end."""
        curves = [self._curves[seed] for seed in sorted(self._curves)]
        probes = {lr: tuple(of_rate[seed] for seed in sorted(of_rate)) for lr, of_rate in self._probes.items()}
        bracket = find_bracket(self._ramp, curves, self._chance)
        if isinstance(bracket, Unclear):
            self.finding = Finding(self._ramp, tuple(curves), {}, bracket, self._chance)
            return
        rates = further_rates(probes) if probes else probe_rates(*bracket)
        fresh = [lr for lr in rates if lr not in probes]
        if not fresh or self._rounds == MOST_ROUNDS:
            self.finding = Finding(self._ramp, tuple(curves), probes, suggest(probes, self._chance), self._chance)
            return
        self._rounds += 1
        self._add(fresh, min(PROBE_SEEDS, len(curves)), PROBE_STEPS, _PROBE)

    def _add(self, rates: Sequence[float], n_seeds: int, n_steps: int, stage: str) -> None:
        for lr in rates:
            for seed in range(n_seeds):
                self._queue.append(
                    Trial(
                        number=self._n_asked,
                        proposal=self._n_asked,
                        arm=self._arm,
                        lr=lr,
                        repeat=seed,
                        horizon=n_steps,
                        until=n_steps,
                        stage=stage,
                    )
                )
                self._n_asked += 1
