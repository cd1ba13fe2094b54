"""One training that a search proposes: a rate, a seed and a number of epochs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training: a learning rate, a seed, and a number of epochs.

    Attributes:
        number: Number of the trial in the search, from 0. The strategy is told the results in this order.
        proposal: Number of the proposed rate, from 0. All repeats of a rate have the same number.
        lr: The learning rate, > 0. With a schedule, `lr` is the peak rate.
        repeat: Number of the seed, from 0. Trials with the same number have the same initial weights and batches.
        horizon: Number of epochs that the schedule covers, >= 1.
        until: The epoch after which this trial ends. All built-in strategies set `until` equal to `horizon`.
        arm: Name of the arm; "" if the spec has no arms.
        overrides: Values of spec keys that this trial changes, by dotted path.
        stage: "" for a trial of the strategy, or the name of the stage that added the trial: extend, refine, confirm.
        stop_below: For some epochs, the worst score with which the trial may continue. If the score after such an epoch
            is worse, the trial ends as pruned. A strategy sets these bounds when it proposes the trial, so the bounds
            never depend on when results come.
    """

    number: int
    proposal: int
    lr: float
    horizon: int
    until: int
    repeat: int = 0
    arm: str = ""
    overrides: Mapping[str, object] = field(default_factory=dict)
    stage: str = ""
    stop_below: Mapping[int, float] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        """What the trial tries."""
        return self.lr, overrides_text(self.overrides)

    @property
    def key(self) -> TrialKey:
        """A key that identifies the training, whenever the trial was proposed."""
        return (self.arm, *self.configuration, self.repeat, self.horizon, self.until)

    @property
    def is_whole(self) -> bool:
        """Whether the training ends where its schedule ends."""
        return self.until == self.horizon


Configuration: TypeAlias = tuple[float, str]
"""A rate, and the overrides of a trial as `overrides_text`. Results with equal configurations differ only in seeds."""


def overrides_text(overrides: Mapping[str, object]) -> str:
    """Write the overrides of a trial as canonical JSON; "" if there are none. Equal overrides give equal text."""
    return json.dumps(dict(overrides), sort_keys=True) if overrides else ""


TrialKey: TypeAlias = tuple[str, float, str, int, int, int]
"""Arm, rate, overrides, repeat, horizon and until; see `Trial`."""

RAMP = "ramp"
"""Stage of the trials of a range test in which the rate rises at every step."""
