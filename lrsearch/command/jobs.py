"""Plans how many programs run at the same time, and where: by the GPUs of the machine, or as the spec says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from lrsearch.catalog import EXECUTORS, INLINE, WORKERS
from lrsearch.command.program import Program
from lrsearch.errors import UsageError
from lrsearch.plans import Decision, Plan, auto
from lrsearch.spec import Spec
from lrsearch.wording import counted

_ITS_OWN = "the program decides"


def plan_jobs(program: Program, spec: Spec) -> Plan:
    """Choose the executor and the number of jobs. The program decides all else itself."""
    is_cluster = spec.run.executor in EXECUTORS and EXECUTORS[spec.run.executor].is_cluster
    jobs = Decision(1, "the cluster decides") if is_cluster else _jobs(program, spec)
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
        num_cpus=Decision(spec.run.num_cpus, "run.num_cpus") if is_cluster else None,
        num_gpus=Decision(float(program.gpus_per_trial or 0), "--gpus-per-trial") if is_cluster else None,
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
