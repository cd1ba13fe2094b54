"""Measures the training engines on a GPU: images a second over all rates, by network, batch size, rates and precision.

    python tests/gpu/speed.py                       # the whole table, five minutes on an H100
    python tests/gpu/speed.py --models convnet --batches 512 --rates 1,8 --precisions bf16 --profile

Each figure comes from training steps alone, without validation: some steps to warm up, then steps for half a second.
The images are synthetic, as large as those of MNIST (mlp, cnn) or CIFAR-10 (convnet, resnet18). `--profile` adds the
kernels that take the most time in a step of the graph engine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from lrsearch.plans import Worker
from lrsearch.records import Trial
from lrsearch.spec import make_spec
from lrsearch.training.epoch_loop import Engine
from lrsearch.training.graphed import GraphedTraining
from lrsearch.training.single import SingleTraining
from lrsearch.training.stacked import StackedTraining
from lrsearch.training.torch_trainer import is_out_of_memory
from lrsearch.training.workload import Workload, open_workload

SHAPES = {"mlp": [1, 28, 28], "cnn": [1, 28, 28], "convnet": [3, 32, 32], "resnet18": [3, 32, 32]}
MADE: dict[str, Callable[[Workload, tuple[Trial, ...]], Engine]] = {
    "single": lambda workload, trials: SingleTraining(workload, trials[0]),
    "population": lambda workload, trials: StackedTraining(workload, trials, len(trials)),
    "graph": GraphedTraining,
}


def open_case(model: str, batch_size: int, precision: str, **values: Any) -> Workload:
    """Open synthetic data of the usual size for a network."""
    size = 20_480
    data = {
        "dataset": {"name": "synthetic", "shape": SHAPES[model], "size": size + 1000},
        "batch_size": batch_size,
        "val_fraction": 1000 / (size + 1000),
    }
    train = {"optimizer": {"name": "sgd", "momentum": 0.9}, "precision": precision}
    spec = make_spec({"data": data, "model": model, "train": train, **values})
    return open_workload(spec, Worker(device="cuda:0"))


def speed(engine: Engine, n_trials: int, seconds: float) -> float:
    """Measure the images a second over all trials."""
    size, n_steps = engine.workload.spec.data.batch_size, engine.workload.n_steps
    engine.begin_epoch(1)
    for _ in range(4):
        engine.train_step(0)
    engine.train_step(n_steps // 2)
    engine.begin_epoch(1)
    engine.bad_steps()  # waits for the device
    torch.cuda.synchronize()
    steps, started, n = _steps(engine), time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        for _ in range(16):
            next(steps)
        torch.cuda.synchronize()
        n += 16
    return n_trials * n * size / (time.perf_counter() - started)


def _steps(engine: Engine) -> Iterator[None]:
    """Train epoch after epoch; the last batch of an epoch, which may be smaller, is left out."""
    while True:
        engine.begin_epoch(1)
        for number in range(engine.workload.n_steps - 1):
            yield engine.train_step(number)


def trials_of(n: int) -> tuple[Trial, ...]:
    """Make trials with small rates, so that none diverges."""
    return tuple(Trial(number=i, proposal=i, lr=1e-3 * (i + 1) / n, horizon=8, until=8) for i in range(n))


def profile(workload: Workload, n_steps: int = 10, n_shown: int = 15) -> None:
    """Print the kernels of a step of the graph engine, one trial alone, by the time that they take."""
    engine = GraphedTraining(workload, trials_of(1))
    engine.begin_epoch(1)
    for _ in range(4):
        engine.train_step(0)
    engine.bad_steps()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as found:
        for _ in range(n_steps):
            engine.train_step(1)
        engine.bad_steps()
    kernels = sorted(found.key_averages(), key=lambda kernel: kernel.self_device_time_total, reverse=True)
    total = sum(kernel.self_device_time_total for kernel in kernels) / n_steps
    print(f"  one step: {total:.0f} us of kernels, {sum(kernel.count for kernel in kernels) / n_steps:.0f} kernels")
    for kernel in kernels[:n_shown]:
        took = kernel.self_device_time_total / n_steps
        print(f"  {took:8.1f} us  {kernel.count / n_steps:5.1f} times  {kernel.key[:90]}", flush=True)


def main() -> None:
    """Measure the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="mlp,cnn,convnet,resnet18")
    parser.add_argument("--batches", default="64,128,512,1024")
    parser.add_argument("--rates", default="1,4,8,32")
    parser.add_argument("--precisions", default="fp32,bf16")
    parser.add_argument("--engines", default=",".join(MADE))
    parser.add_argument("--seconds", type=float, default=0.5, help="of each figure")
    parser.add_argument("--tune-convolutions", action="store_true", help="let cuDNN time its algorithms first")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    torch.backends.cudnn.benchmark = given.tune_convolutions
    rates = [int(each) for each in given.rates.split(",")]
    print(torch.cuda.get_device_name(0), "torch", torch.__version__)
    print(f"{'model':10s}{'batch':>6s} {'precision':10s}{'engine':12s}" + "".join(f"{n:>13d}" for n in rates))
    for model in given.models.split(","):
        for precision in given.precisions.split(","):
            for batch_size in map(int, given.batches.split(",")):
                workload = open_case(model, batch_size, precision)
                for engine in given.engines.split(","):
                    row = [_measure(workload, engine, n, given.seconds) for n in rates]
                    print(f"{model:10s}{batch_size:6d} {precision:10s}{engine:12s}" + "".join(row), flush=True)
                if given.profile:
                    profile(workload)


def _measure(workload: Workload, engine: str, n: int, seconds: float) -> str:
    if (engine == "single" and n > 1) or (engine == "population" and (n < 2 or workload.spec.model.name == "resnet18")):
        return f"{'':>13s}"
    try:
        value = speed(MADE[engine](workload, trials_of(n)), n, seconds)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        return f"{'no memory':>13s}"
    finally:
        torch.cuda.empty_cache()
    return f"{value:13,.0f}"


if __name__ == "__main__":
    main()
