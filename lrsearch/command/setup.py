"""Prepares a program to train the trials of a search, and builds the trainer that runs it.

`training.registry` loads this.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lrsearch.catalog import EXECUTORS, INLINE, WORKERS
from lrsearch.command.metrics import warning_of
from lrsearch.command.objective import make_objective_trainer
from lrsearch.command.pattern import PatternReader
from lrsearch.command.placeholders import near_misses
from lrsearch.command.program import Call, Program, call_of
from lrsearch.command.pruning import pruner
from lrsearch.command.trainer import make_command_trainer
from lrsearch.errors import UsageError
from lrsearch.interfaces import Given, Setup, Trainer
from lrsearch.plans import Decision, Plan, Worker, auto
from lrsearch.records import Baseline, Result, Task, Trial
from lrsearch.spec import BUILT_IN_PLACEHOLDERS, Spec, arm_specs, search_metric
from lrsearch.wording import counted, visible

_ITS_OWN = "the program decides"


def prepare(spec: Spec, n_at_once: int = 1, *, given: Given, **unused: object) -> Setup:  # noqa: ARG001, D417  (the interface's signature)
    """Check a program and its spec, and choose how many trials run at the same time.

    Args:
        spec: The spec of an arm.
        n_at_once: Number of trials that can start before the search needs their results.
        given: Holds the program.

    Raises:
        UsageError: The program cannot be started, or its command does not fit the spec.
    """
    program = _program_of(given)
    check_program(program, spec)
    metric, chance = search_metric(spec), program.chance
    baseline = Baseline() if chance is None else Baseline(constant=program.in_unit(chance))
    task = Task(
        name=program.label,
        n_val=program.n_val,
        metrics={metric.name: baseline},
        remarks=tuple(remarks(program, spec)),
    )
    return Setup(spec=spec, task=task, plan=_plan(program, spec))


def make_trainer(spec: Spec, worker: Worker, *, given: Given, **unused: object) -> Trainer:  # noqa: ARG001  (the interface's signature)
    """Build the function that trains by running the program. See `make_command_trainer`."""
    program, metric = _program_of(given), search_metric(spec)
    prune = pruner(metric.name, lower_is_better=metric.lower_is_better)
    if program.objective is not None:
        return make_objective_trainer(
            program, metric.name, spec.seed, settings=lambda _: spec.placeholders, prune=prune
        )
    return make_command_trainer(
        program,
        metric.name,
        spec.seed,
        settings=lambda _: spec.placeholders,
        prune=prune,
        worker=worker.index,
        n_devices=0 if program.gpus_per_trial is None else n_gpus(os.environ),
    )


def check_device(spec: Spec) -> None:
    """Accept every device: the program chooses its own."""


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
    if program.chance is not None and program.unit and not 0 <= program.in_unit(program.chance) <= 1:
        most = 100 if program.unit == "percent" else 1
        raise UsageError(f"--chance: must be from 0 to {most} with --unit {program.unit}, got {program.chance:g}")
    if program.n_val is not None and not program.unit:
        raise UsageError(
            "--n-val: needs --unit share or percent, because only the noise of a share follows from the number "
            "of examples"
        )


def planned_calls(program: Program, spec: Spec, rates: Sequence[float]) -> list[Call]:
    """Return the command of each trial that a search plans, in their order. The folders are the folders of a new run.

    Args:
        program: The program.
        spec: The spec of an arm.
        rates: The rates, in the order of their trials.
    """
    program = replace(program, trials=program.trials or str(Path("runs", "RUN", "trials")))
    epochs, repeats = spec.train.epochs, range(spec.search.repeats)
    trials = [
        Trial(number=number, proposal=proposal, lr=lr, repeat=repeat, horizon=epochs, until=epochs)
        for number, (proposal, lr, repeat) in enumerate(
            (proposal, lr, repeat) for proposal, lr in enumerate(rates) for repeat in repeats
        )
    ]
    return [call_of(program, trial, spec.seed, spec.placeholders) for trial in trials]


def train_once(program: Program, spec: Spec, lr: float) -> Result:
    """Run a program for one epoch at a rate.

    Args:
        program: The program, with the folder of its trials.
        spec: The spec of an arm.
        lr: The learning rate.
    """
    trial = Trial(number=0, proposal=0, lr=lr, horizon=1, until=1)
    train = make_command_trainer(program, search_metric(spec).name, spec.seed, settings=lambda _: spec.placeholders)
    results = [event for event in train((trial,), _NeverStopped()) if isinstance(event, Result)]
    return results[0]


class _NeverStopped:
    memory_share = 1.0

    def should_stop(self) -> bool:
        return False


def remarks(program: Program, spec: Spec) -> Iterator[str]:
    """Yield warnings about a program and its metric, one line each."""
    own = dict.fromkeys(name for of_arm in arm_specs(spec).values() for name in of_arm.placeholders)
    if program.objective is None:
        yield from near_misses([*program.command, program.template or ""], [*BUILT_IN_PLACEHOLDERS, *own])
    if warning := warning_of(search_metric(spec).name):
        yield warning
    if spec.search.prune != "none" and program.metric_files:
        yield "search.prune has no effect: the metric is read from files when the program has ended"
    if spec.search.repeats > 1 and "seed" not in program.placeholders:
        if program.objective is not None:
            yield "the function has no argument seed, so repeats differ only if the function draws a new seed each time"
        else:
            yield (
                "the command has no {seed}, so repeats differ only if the program draws a new seed each time, or reads "
                "LRSEARCH_SEED"
            )


def n_gpus(environment: Mapping[str, str]) -> int:
    """Count the GPUs that programs may use: the GPUs in `CUDA_VISIBLE_DEVICES`, or else all GPUs of the machine."""
    visible_devices = environment.get("CUDA_VISIBLE_DEVICES")
    if visible_devices is not None:
        return len([name for name in visible_devices.split(",") if name.strip()])
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"],  # noqa: S607  (where the driver installed it)
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines()) if listed.returncode == 0 else 0


def _program_of(given: Given) -> Program:
    if given.program is None:
        raise UsageError("no program was given")
    return given.program


def _check_executable(program: Program) -> None:
    name = program.command[0]
    if not Path(program.folder).is_dir():
        raise UsageError(f"{visible(program.folder)}: the folder in which the program runs does not exist")
    path = Path(program.folder, name) if os.sep in name else None
    if path is None and shutil.which(name) is None:
        here = Path(program.folder, name)
        hint = f"; did you mean ./{visible(name)}?" if here.is_file() else ""
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


def _plan(program: Program, spec: Spec) -> Plan:
    jobs = _jobs(program, spec)
    executor = Decision(spec.run.executor, "run.executor")
    if spec.run.executor == "auto":
        if jobs.value > 1:
            executor = auto(WORKERS, "several programs run at the same time")
        elif spec.run.trial_timeout is not None:
            executor = auto(WORKERS, "run.trial_timeout is set, and only a worker can be stopped from outside")
        else:
            executor = auto(INLINE, "one trial runs at a time")
    elif not EXECUTORS[spec.run.executor].has_workers:
        jobs = Decision(1, "run.executor runs one program at a time")
    return Plan(
        device=Decision("cpu", _ITS_OWN),
        precision=Decision("fp32", _ITS_OWN),
        engine=Decision("single", "one program for each trial"),
        executor=executor,
        jobs=jobs,
        stack=Decision(1, "one program for each trial"),
        threads=Decision(1, _ITS_OWN),
    )


def _jobs(program: Program, spec: Spec) -> Decision[int]:
    of_each = program.gpus_per_trial
    if of_each is None:
        if spec.run.jobs != "auto":
            return Decision(spec.run.jobs, "run.jobs")
        return auto(1, "a program may need the whole machine; --jobs N runs N programs at the same time")
    n_devices = n_gpus(os.environ)
    jobs = n_devices // of_each
    if not jobs:
        raise UsageError(
            f"--gpus-per-trial: a trial needs {counted(of_each, 'GPU')}, but only {counted(n_devices, 'GPU')} can be "
            "used (see nvidia-smi and CUDA_VISIBLE_DEVICES)"
        )
    if spec.run.jobs == "auto":
        return auto(jobs, f"{counted(n_devices, 'GPU')}, {of_each} for each trial")
    if spec.run.jobs > jobs:
        raise UsageError(
            f"run.jobs: {spec.run.jobs} trials with {counted(of_each, 'GPU')} each need {spec.run.jobs * of_each} "
            f"GPUs, but only {counted(n_devices, 'GPU')} can be used"
        )
    return Decision(spec.run.jobs, "run.jobs")
