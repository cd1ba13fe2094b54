"""A program that trains: its command with placeholders, and the values that each trial fills in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

from lrsearch.command.placeholders import named_in, number_text, render
from lrsearch.command.process import base_environment, free_port
from lrsearch.errors import UsageError
from lrsearch.metrics_file import VARIABLE as METRICS_FILE
from lrsearch.records import Trial
from lrsearch.seeds import seed_for
from lrsearch.spec import ProgramKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program as the training of each trial.

    Attributes:
        command: The program and its arguments, with placeholders; no shell reads them.
        folder: Folder in which the program runs; absolute.
        trials: Folder of the trials' own folders and outputs; absolute. "" until the run's folder is made.
        unit: Unit of the metric's values: "share" for values in [0, 1], "percent" for values in [0, 100], "" for any
            other number.
        chance: The score of answers that do not depend on the examples, in the unit of the metric; None if the score is
            not known.
        n_val: Number of validation examples, if the metric is the share of right answers on these examples; None if the
            number is not known.
        metric_files: Pattern of the files that the metrics are read from, with placeholders; "" for none.
        metric_regex: Regular expression that finds the metric in a line, in its first group or in the group `value`; a
            group `epoch` finds the epoch. "" to read lines as `LineReader` does.
        template: Text of a file that is written for each trial, with placeholders; `{config}` is the path of that file.
            None for no file.
        template_name: Name of the file that the template makes.
        lr_from_env: Whether the program reads its learning rate from LRSEARCH_LR, so that its command needs no `{lr}`.
        keep_dir: Whether a trial that is tried again finds the files of its first attempt.
        gpus_per_trial: GPUs that each trial may use; None to leave the choice to the program.
        grace_seconds: Seconds between SIGTERM and SIGKILL when a trial is stopped.
        objective: A function that trains in place of a program; `command` is then only a description. None for a
            program.
    """

    command: tuple[str, ...]
    folder: str
    trials: str = ""
    unit: Literal["", "share", "percent"] = ""
    chance: float | None = None
    n_val: int | None = None
    metric_files: str = ""
    metric_regex: str = ""
    template: str | None = None
    template_name: str = "config.yaml"
    lr_from_env: bool = False
    keep_dir: bool = False
    gpus_per_trial: int | None = None
    grace_seconds: float = 30.0
    objective: Callable[..., Any] | None = field(default=None, compare=False)

    @property
    def placeholders(self) -> frozenset[str]:
        """The names in braces in the command, the template and the pattern of files. Some may be no placeholders."""
        return named_in([*self.command, self.template or "", self.metric_files])

    @property
    def label(self) -> str:
        """A short name: the name of the script or the module, or else the name of the program.

        Example:
            >>> [
            ...     Program(command=command, folder="/").label
            ...     for command in (("python", "-u", "src/train.py"), ("python", "-m", "net.main"), ("/bin/train", "1"))
            ... ]
            ['train.py', 'net.main', 'train']
        """
        if self.objective is not None:
            return self.command[0].partition("(")[0]
        for before, part in zip(("", *self.command), self.command, strict=False):
            if before == "-m" or (Path(part).suffix in _SCRIPTS and not part.startswith("-")):
                return part if before == "-m" else Path(part).name
        return Path(self.command[0]).name

    @property
    def keys(self) -> ProgramKeys:
        """The facts about the program that the check of its spec needs."""
        return ProgramKeys(Path(self.label).stem, self.placeholders, is_share=self.unit != "")

    def in_unit(self, value: float) -> float:
        """Return a value that the program printed in the unit of the search: per cents become shares."""
        return value / 100 if self.unit == "percent" else value

    def out_of_unit(self, value: float) -> float:
        """Return a value as the program printed it."""
        return value * 100 if self.unit == "percent" else value


def as_program(command: Sequence[str] | Program | None) -> Program | None:
    """Make a program from a command that runs in the current folder. A program or None is returned as it is.

    Raises:
        UsageError: The command is empty, or is one text instead of a list.
    """
    if command is None or isinstance(command, Program):
        return command
    if isinstance(command, str) or not command or not all(isinstance(part, str) and part for part in command[:1]):
        raise UsageError(f"command: expected a list such as ['python', 'train.py', '--lr', '{{lr}}'], got {command!r}")
    return Program(command=tuple(map(str, command)), folder=str(Path.cwd()))


_SCRIPTS = frozenset({".py", ".sh", ".jl", ".r", ".R", ".m", ".lua", ".js", ".pl", ".rb"})


@dataclass(frozen=True, slots=True)
class Call:
    """The command of one trial.

    Attributes:
        arguments: The program and its arguments.
        environment: Variables that are added to the environment.
        folder: The trial's own folder.
        claim: File that tells to which trial the folder belongs; it is locked while the trial runs.
        log: File of its output.
        reports: File to which the program may append metrics, as JSON Lines.
        config: Path and text of the rendered template; None without a template.
        metric_files: Pattern of the files with metrics; "" for none.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    claim: Path
    log: Path
    reports: Path
    config: tuple[Path, str] | None
    metric_files: str


def own_folder(trials: Path, trial: Trial) -> Path:
    """Return the folder of a trial, such as `trials/007`, and claim it with a file beside it, `trials/007.json`.

    A larger budget may number the trials of a run anew. So the file names the trial that owns the folder. A different
    trial with the same number gets the folder with the next free number.

    Args:
        trials: The folder of all trials.
        trial: The trial.
    """
    trials.mkdir(parents=True, exist_ok=True)
    owner = {"lr": trial.lr, "arm": trial.arm, "repeat": trial.repeat, "epochs": [trial.until, trial.horizon]}
    owner |= {"overrides": dict(trial.overrides)} if trial.overrides else {}
    text = json.dumps(owner) + "\n"
    for number in count(trial.number):
        folder = trials / f"{number:03d}"
        claim = _claim_of(folder)
        try:
            with claim.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            if claim.read_text(encoding="utf-8", errors="replace") not in {text, ""}:
                continue
            claim.write_text(text, encoding="utf-8")
        return folder
    raise AssertionError


def _claim_of(folder: Path) -> Path:
    return folder.with_suffix(".json")


def call_of(
    program: Program,
    trial: Trial,
    seed: int,
    settings: Mapping[str, object] | None = None,
    folder: Path | None = None,
) -> Call:
    """Fill in the placeholders of one trial.

    Args:
        program: The program.
        trial: The trial.
        seed: The spec's seed. The program gets a seed for each repeat, in [0, 2**31).
        settings: The values of the arm's own placeholders.
        folder: The trial's own folder; None for the one with its number.

    Raises:
        UsageError: The format of a placeholder does not fit its value.
    """
    folder = folder or Path(program.trials) / f"{trial.number:03d}"
    config = folder / program.template_name
    values: dict[str, object] = {
        **(settings or {}),
        "lr": trial.lr,
        "seed": seed_for(seed, "command", trial.repeat) % 2**31,
        "repeat": trial.repeat,
        "epochs": trial.until,
        "dir": str(folder),
        "config": str(config),
    }
    reports = folder / "metrics.jsonl"
    added = {f"LRSEARCH_{name.upper()}": _text(value) for name, value in values.items()}
    return Call(
        arguments=tuple(render(part, values) for part in program.command),
        environment={**added, METRICS_FILE: str(reports)},
        folder=folder,
        claim=_claim_of(folder),
        log=folder.with_suffix(".log"),
        reports=reports,
        config=None if program.template is None else (config, render(program.template, values)),
        metric_files=render(program.metric_files, values),
    )


def environment_of(call: Call, gpus: Sequence[str] | None) -> dict[str, str]:
    """Return the environment of a trial: the variables of this process, the trial's values, a free port, and its GPUs.

    Args:
        call: The trial's command.
        gpus: The GPUs that the trial may use, as `CUDA_VISIBLE_DEVICES` names them; None to leave the variable
            unchanged.
    """
    chosen = {} if gpus is None else {"CUDA_VISIBLE_DEVICES": ",".join(gpus)}
    return {**base_environment(), "MASTER_PORT": str(free_port()), **chosen, **call.environment}


def gpus_of(worker: int, per_trial: int | None, visible: str | None, n_devices: int) -> tuple[str, ...] | None:
    """Return the GPUs of a worker. Workers share the visible GPUs in turn.

    Args:
        worker: Number of the worker, from 0.
        per_trial: GPUs of each trial; None to leave the choice to the program.
        visible: The variable `CUDA_VISIBLE_DEVICES`, numbers or UUIDs; None if it is not set.
        n_devices: GPUs of the machine, if the variable is not set.

    Example:
        >>> [gpus_of(worker, 2, "GPU-a,GPU-b,GPU-c,GPU-d", 0) for worker in (0, 1, 2)]
        [('GPU-a', 'GPU-b'), ('GPU-c', 'GPU-d'), ('GPU-a', 'GPU-b')]
    """
    if per_trial is None:
        return None
    names = [str(i) for i in range(n_devices)] if visible is None else [name for name in visible.split(",") if name]
    if not names:
        return None
    start = worker * per_trial
    return tuple(names[(start + i) % len(names)] for i in range(min(per_trial, len(names))))


def _text(value: object) -> str:
    return number_text(value) if isinstance(value, float) else str(value)
