"""The range test as a strategy: proposes one ramp for each seed, then probes at constant rates within the bracket."""

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
"""The maximum number of rounds of probes: one round in the bracket, and up to two rounds beyond an end of the
bracket."""

_PROBE = "probe"


class RangeTestStrategy:
    """Proposes the trials of a range test.

    In these trials `horizon` and `until` count optimizer steps, not epochs.

    Attributes:
        finding: The result of the test; None until the test is done.
    """

    def __init__(self, ramp: Ramp, *, n_seeds: int, untrained_loss: float = math.inf, arm: str = "") -> None:
        """Plan the ramps.

        Args:
            ramp: How the rate rises.
            n_seeds: Number of ramps, >= 1; each has its own initial weights and batches.
            untrained_loss: Loss in nats of a network that predicts the class frequencies for every image.
            arm: Name of the arm that the trials belong to; "" if the spec has no arms.
        """
        self._ramp, self._untrained_loss, self._arm = ramp, untrained_loss, arm
        self._curves: dict[int, tuple[float, ...]] = {}
        self._probes: dict[float, dict[int, tuple[float, ...]]] = {}
        self._n_asked = self._n_told = self._n_rounds = 0
        self._queue: list[Trial] = []
        self._add([ramp.low], n_seeds, ramp.steps, RAMP)
        self.finding: Finding | None = None

    @property
    def doing(self) -> str:
        """An empty text, because the stages of the trials show what the test does."""
        return ""

    def ask(self) -> Trial | Answer:
        """Return the next trial; WAIT while results of the current round are missing; DONE once there is a finding."""
        if self._queue:
            return self._queue.pop(0)
        return Answer.DONE if self.finding else Answer.WAIT

    def tell(self, result: Result) -> None:
        """Take a result. After the last result of a round, plan the next round or end the test."""
        losses, trial = tuple(point.train_loss for point in result.points), result.trial
        if trial.stage == RAMP:
            self._curves[trial.repeat] = losses
        else:
            self._probes.setdefault(trial.lr, {})[trial.repeat] = losses
        self._n_told += 1
        if self._n_told == self._n_asked:
            self._plan_next_round()

    def may_continue(self, trial: Trial) -> bool:  # noqa: ARG002  (no trial is partial)
        """Return False, because no trial of a range test continues another trial."""
        return False

    def _plan_next_round(self) -> None:
        """Probe the bracket, probe beyond one of its ends, or end the test."""
        curves = [self._curves[seed] for seed in sorted(self._curves)]
        probes = {lr: tuple(of_rate[seed] for seed in sorted(of_rate)) for lr, of_rate in self._probes.items()}
        bracket = find_bracket(self._ramp, curves, self._untrained_loss)
        if isinstance(bracket, Unclear):
            self.finding = Finding(self._ramp, tuple(curves), {}, bracket, self._untrained_loss)
            return
        rates = further_rates(probes) if probes else probe_rates(*bracket)
        new_rates = [lr for lr in rates if lr not in probes]
        if not new_rates or self._n_rounds == MOST_ROUNDS:
            self.finding = Finding(
                self._ramp, tuple(curves), probes, suggest(probes, self._untrained_loss), self._untrained_loss
            )
            return
        self._n_rounds += 1
        self._add(new_rates, min(PROBE_SEEDS, len(curves)), PROBE_STEPS, _PROBE)

    def _add(self, rates: Sequence[float], n_seeds: int, n_steps: int, stage: str) -> None:
        """Queue one trial for each rate and seed."""
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
