"""Estimates the time of a search: runs the program once for one epoch, in a folder that is removed again."""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lrsearch.errors import UsageError
from lrsearch.wording import duration

if TYPE_CHECKING:
    from lrsearch.command import Program
    from lrsearch.spec import Spec


def print_program_time(program: Program, spec: Spec, strategy: str) -> None:
    """Run the program for one epoch at the middle of the range, and print how long the search will take.

    Args:
        program: The program; its command has `{epochs}`.
        spec: The spec. If the spec has arms, the first arm is timed.
        strategy: Name of the strategy.

    Raises:
        UsageError: The command has no `{epochs}`, or the program fails.
    """
    if "epochs" not in program.placeholders:
        raise UsageError("--time: the command has no {epochs}, so one epoch cannot be timed")
    from lrsearch.cli.output import make_console
    from lrsearch.command import prepare, train_once
    from lrsearch.interfaces import Given
    from lrsearch.runs import n_trials
    from lrsearch.spec import arm_specs
    from lrsearch.strategies import space_of

    first = next(iter(arm_specs(spec).values()))
    space = space_of(first)
    with tempfile.TemporaryDirectory(prefix="lrsearch-") as folder:
        given = replace(program, trials=folder)
        jobs = prepare(first, given=Given(program=given)).plan.jobs.value
        began = time.monotonic()
        result = train_once(given, first, space.at(0.5))
        seconds = time.monotonic() - began
    if result.state not in {"ok", "diverged"}:
        raise UsageError(f"--time: the program failed: {result.message}")
    of_all = seconds * first.train.epochs * math.ceil(n_trials(strategy, spec) / jobs)
    at_once = f", {jobs} at a time" if jobs > 1 else ""
    make_console().print(
        f"time: at most about {duration(of_all)}{at_once} (one epoch with the program's start takes "
        f"{seconds:.2g} s, measured just now)",
        soft_wrap=True,
    )
