"""One process for each trial, one after another, as a shell loop or a sweep agent starts a training script."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
from work import HIGH, LOW, given_work, make_loaders, train


def main() -> None:
    """Start a process for each rate and wait for it; if a rate is given, this is such a process: train."""
    if len(sys.argv) > 2:
        work = given_work()
        train(work.spec, float(sys.argv[2]), work.epochs, 0, make_loaders(work.spec))
        return
    started = time.perf_counter()
    for lr in np.geomspace(LOW, HIGH, json.loads(sys.argv[1])["rates"]):
        subprocess.run([sys.executable, __file__, sys.argv[1], str(lr)], check=True)
    print(json.dumps({"train_seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
