"""Checks that a program can be started, and that its command and its options fit the spec."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path

from lrsearch.command.pattern import PatternReader
from lrsearch.command.program import Program, call_of
from lrsearch.errors import UsageError
from lrsearch.places import here
from lrsearch.records import Trial
from lrsearch.spec import Spec, arm_specs
from lrsearch.wording import visible


def check_program(program: Program, spec: Spec) -> None:
    """Check that a program can be started, and that its command and its template fit the spec.

    Args:
        program: The program.
        spec: The spec of a search, or of an arm.

    Raises:
        UsageError: The program does not exist, no placeholder gets the learning rate, or a placeholder is wrong.
    """
    used = program.placeholders
    if program.objective is None:
        _check_executable(program)
    if program.objective is None and "lr" not in used and not program.lr_from_env:
        raise UsageError(
            "the command has no {lr}, so every trial would train with the same rate; write {lr} where the learning "
            "rate belongs, as in `--lr {lr}`, or use --lr-from-env if the program reads the variable LRSEARCH_LR"
        )
    if program.metric_regex:
        PatternReader(program.metric_regex, "")
    for of_arm in arm_specs(spec).values():
        for name in of_arm.placeholders:
            if name not in used:
                lacks = (
                    f"command has no {{{name}}}" if program.objective is None else f"function has no argument {name}"
                )
                raise UsageError(f"placeholders.{name}: the {lacks}")
        trial = Trial(number=0, proposal=0, lr=0.1, horizon=of_arm.train.epochs, until=of_arm.train.epochs)
        call_of(program, trial, of_arm.seed, of_arm.placeholders)  # refuses formats that do not fit
    _check_numbers(program)


def _check_numbers(program: Program) -> None:
    """Check the numbers that describe the metric and the machine."""
    for flag, count in (("--n-val", program.n_val), ("--gpus-per-trial", program.gpus_per_trial)):
        if count is not None and count < 1:
            raise UsageError(f"{flag}: must be at least 1, got {count}")
    if program.chance is not None and not math.isfinite(program.chance):
        raise UsageError(f"--chance: must be finite, got {program.chance:g}")
    if program.chance is not None and program.unit and not 0 <= program.in_unit(program.chance) <= 1:
        most = 100 if program.unit == "percent" else 1
        raise UsageError(f"--chance: must be from 0 to {most} with --unit {program.unit}, got {program.chance:g}")
    if program.n_val is not None and not program.unit:
        raise UsageError(
            "--n-val: needs --unit share or percent, because only the noise of a share follows from the number "
            "of examples"
        )


def _check_executable(program: Program) -> None:
    name = program.command[0]
    folder = here(program.folder)
    if not Path(folder).is_dir():
        raise UsageError(f"{visible(program.folder)}: the folder in which the program runs does not exist")
    path = Path(folder, name) if os.sep in name else None
    if path is None and shutil.which(name) is None:
        hint = f"; did you mean ./{visible(name)}?" if Path(folder, name).is_file() else ""
        if len(words := name.split()) > 1 and shutil.which(words[0]) is not None:
            hint = "; give the program and each argument as a word of its own, without quotes around the whole command"
        raise UsageError(f"{visible(name)}: no such program in the PATH{hint}")
    if path is not None and not path.is_file():
        raise UsageError(f"{visible(name)}: no such program")
    if path is not None and not os.access(path, os.X_OK):
        hint = (
            f"; did you mean python {visible(name)}?"
            if path.suffix == ".py"
            else "; `chmod +x` makes the file executable"
        )
        raise UsageError(f"{visible(name)}: is not an executable file{hint}")
    if path is not None and _has_windows_line_ends(path):
        raise UsageError(
            f"{visible(name)}: cannot be started, because its first line ends as lines of Windows do; convert the "
            f"file: sed -i 's/\\r$//' {visible(name)}"
        )


def _has_windows_line_ends(path: Path) -> bool:
    """Whether the kernel would look for an interpreter whose name ends in a carriage return."""
    try:
        with path.open("rb") as file:
            first = file.readline(256)
    except OSError:
        return False
    return first.startswith(b"#!") and first.endswith(b"\r\n")
