"""Ray Tune with one trial a core, or eight trials on a GPU; `tune.with_parameters` passes the data."""

from __future__ import annotations

import json
import os
import tempfile
import time
import warnings
from pathlib import Path

os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
import ray
from ray import tune
from work import DEVICE, HIGH, LOW, given_work, make_loaders, train

GPU_SHARE = 1 / 8  # eight trials on a GPU


def _resources() -> dict[str, float]:
    cores = os.cpu_count() or 1
    return {"cpu": cores * GPU_SHARE, "gpu": GPU_SHARE} if DEVICE.type == "cuda" else {"cpu": 1}


def main() -> None:
    """Search, and print its seconds without imports and data loading."""
    work = given_work()
    loaders = make_loaders(work.spec, GPU_SHARE)
    warnings.simplefilter("ignore")

    def trainable(config: dict[str, float], loaders: object) -> None:
        train(work.spec, config["lr"], work.epochs, 0, loaders, lambda accuracy: tune.report({"accuracy": accuracy}))

    paths = {"PYTHONPATH": str(Path(__file__).resolve().parent)}
    with tempfile.TemporaryDirectory() as folder:
        ray.init(num_cpus=os.cpu_count(), include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": paths})
        started = time.perf_counter()
        tuner = tune.Tuner(
            tune.with_resources(tune.with_parameters(trainable, loaders=loaders), _resources()),
            param_space={"lr": tune.loguniform(LOW, HIGH)},
            tune_config=tune.TuneConfig(metric="accuracy", mode="max", num_samples=work.rates),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        )
        results = tuner.fit()
        seconds = time.perf_counter() - started
        assert not results.errors, results.errors
        ray.shutdown()
    print(json.dumps({"train_seconds": seconds}))


if __name__ == "__main__":
    main()
