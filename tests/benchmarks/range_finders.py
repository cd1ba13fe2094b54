"""Benchmark: regret of the learning rates that lrsearch and other finders suggest, on the same models and data.

    pip install torch-lr-finder lightning fastai    # only for this benchmark
    python tests/benchmarks/range_finders.py --data ../shared/data

Each finder runs with its defaults on each case of `range_cases.py`, under 5 seeds. The curves measured there give the
worth of its rate. Regret is the number of points of validation accuracy below the best rate of the curve (its smoothed
mean over seeds). No answer counts as chance level. The tables give the median (worst) regret over seeds for each case,
and then over all cases. For lrsearch they also say how often it has no answer, whether its range contains the best
measured rate, how many decades the range spans, and how far its rate is from the best one (a short test is biased
towards small rates: Wu et al. 2018, arXiv:1803.02021).

`--answers FILE` stores the answers of the finders and reads known ones back. `--quick` runs lrsearch on one small case.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from range_cases import CASES, DATA, DEVELOPMENT, HELD_OUT, OPTIMIZERS, Curve, load_curves, make_spec

LRSEARCH_METHOD = "lrsearch"
PEERS = (
    "pytorch-lr-finder",
    "Lightning",
    "fastai valley",
    "fastai slide",
    "fastai minimum",
    "fastai steep",
)
FINDERS = (LRSEARCH_METHOD, *PEERS)
Answers = dict[str, dict[str, Any]]
"""The answers for each "case seed": the rate of each finder, or None; lrsearch's "range", and the "seconds" it took."""


def spec_of(case: str, seed: int, root: Path) -> dict[str, Any]:
    """The spec of a case under a seed."""
    data, _, optimizer = case.rpartition("-")
    spec = make_spec(data, root) | {"seed": seed}
    return spec | {"train": {**spec["train"], "optimizer": OPTIMIZERS[optimizer]["train.optimizer"]}}


def ask_lrsearch(spec: dict[str, Any]) -> dict[str, Any]:
    """The suggestion of lrsearch, from a separate process."""
    code = (
        "import json, sys, time\n"
        "from lrsearch.range_test.testing import RangeOptions, run_tests\n"
        "from lrsearch.spec import make_spec\n"
        "if __name__ == '__main__':\n"
        "    spec = make_spec(json.loads(sys.argv[1]))\n"
        "    started = time.perf_counter()\n"
        "    found = run_tests({'': spec}, RangeOptions())[''].finding.suggestion\n"
        "    answer = {'lrsearch': found and found.lr, 'range': found and [found.low, found.high]}\n"
        "    print(json.dumps({**answer, 'seconds': time.perf_counter() - started}))\n"
    )
    return _run(sys.executable, "-c", code, json.dumps(spec))


def ask_peers(spec: dict[str, Any]) -> dict[str, Any]:
    """The suggestions of the other finders."""
    script = Path(__file__).parent / "peers" / "lr_finders.py"
    return _run(sys.executable, str(script), json.dumps({"spec": spec, "seed": spec["seed"], "threads": 1}))


def _run(*command: str) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def collect(cases: Iterable[str], seeds: int, root: Path, kept: Path | None, *, peers: bool) -> Answers:
    """Ask all finders, lrsearch one at a time and the others two at a time; known answers are not asked again."""
    answers: Answers = json.loads(kept.read_text()) if kept is not None and kept.exists() else {}

    def ask(key: str, which: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        case, seed = key.split()
        started = time.perf_counter()
        answers.setdefault(key, {}).update(which(spec_of(case, int(seed), root)))
        print(f"{key} {which.__name__}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        if kept is not None:
            kept.write_text(json.dumps(dict(answers), indent=1))

    keys = [f"{case} {seed}" for seed in range(seeds) for case in cases]
    for key in keys:
        if LRSEARCH_METHOD not in answers.get(key, {}):
            ask(key, ask_lrsearch)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(ask, key, ask_peers) for key in keys if peers and PEERS[0] not in answers.get(key, {})]
        for job in jobs:
            job.result()
    return answers


def regrets(curve: Curve, answers: Answers, finder: str) -> list[float]:
    """The regret of one finder on one case, for each seed."""
    of_case = [found for key, found in sorted(answers.items()) if key.split()[0] == curve.case and finder in found]
    return [curve.regret(found[finder]) for found in of_case]


def print_table(curves: dict[str, Curve], answers: Answers, finders: tuple[str, ...]) -> None:
    """Print one line for each case, and then lines over all cases."""
    print(
        f"{'':22s}{'best lr':>9s}{'s.e.':>6s}"
        + "".join(f"{finder.replace('fastai ', 'fa. '):>18s}" for finder in finders)
    )
    pooled: dict[str, dict[str, list[float]]] = {}
    for title, cases in (("development", DEVELOPMENT), ("held out", HELD_OUT)):
        print(title)
        for case in cases:
            if not any(key.split()[0] == case for key in answers):
                continue
            curve, cells = curves[case], []
            for finder in finders:
                found = regrets(curve, answers, finder)
                cells.append(f"{np.median(found):10.2f} ({max(found):5.2f})")
                pooled.setdefault(title, {}).setdefault(finder, []).extend(found)
            print(f"  {case:20s}{curve.best:9.2g}{curve.error:6.2f}" + "".join(cells))
    for title, of_finders in pooled.items():
        cells = [f"{np.median(found):10.2f} ({max(found):5.2f})" for found in of_finders.values()]
        n = len(next(iter(of_finders.values())))
        print(f"{'pooled, ' + title + f', n={n}':37s}" + "".join(cells))


def print_lrsearch(curves: dict[str, Curve], answers: Answers) -> None:
    """Print what else lrsearch answers: its range, and how often it has no answer."""
    for title, cases in (("development", DEVELOPMENT), ("held out", HELD_OUT)):
        found = [(curves[key.split()[0]], each) for key, each in answers.items() if key.split()[0] in cases]
        told = [(curve, each) for curve, each in found if each[LRSEARCH_METHOD] is not None]
        if not told:
            continue
        holds = sum(each["range"][0] <= curve.best <= each["range"][1] for curve, each in told)
        decades = [math.log10(each["range"][1] / each["range"][0]) for _, each in told]
        shifts = [math.log10(curve.best / each[LRSEARCH_METHOD]) for curve, each in told]
        seconds = [each["seconds"] for _, each in told]
        print(
            f"{title}: cannot tell {len(found) - len(told)} of {len(found)}; the range holds the best measured rate in "
            f"{holds} of {len(told)}, and spans {np.median(decades):.1f} decades (median; at most {max(decades):.1f}); "
            f"the best rate lies {np.median(shifts):+.2f} decades from ours (median; {min(shifts):+.2f} to "
            f"{max(shifts):+.2f}); {np.median(seconds):.0f} s a test on {os.cpu_count()} cores"
        )
    worse = []
    for case in HELD_OUT:
        of_finders = {
            finder: float(np.median(values)) for finder in FINDERS if (values := regrets(curves[case], answers, finder))
        }
        if of_finders:
            best = min(of_finders, key=lambda finder: of_finders[finder])
            gap, allowed = of_finders[LRSEARCH_METHOD] - of_finders[best], max(0.3, 2 * curves[case].error)
            worse.append(f"{case} {gap:.2f} behind {best} (allowed {allowed:.2f})")
    print("held out, ours behind the best finder of the case: " + "; ".join(worse))


def main() -> None:
    """Ask all finders and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of MNIST and cifar10.npz")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--answers", type=Path, help="keeps what the finders said")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    cases, seeds = (["digits-mlp-sgd"], 1) if given.quick else (CASES, given.seeds)
    answers = collect(cases, seeds, given.data or Path(), given.answers, peers=not given.quick)
    versions = []
    for package in ("torch", "torch-lr-finder", "lightning", "fastai"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    lengths = ", ".join(f"{data} {each['epochs']} epochs" for data, each in DATA.items())
    print(
        f"{', '.join(versions)}; {seeds} seeds; curves: {lengths}; constant schedule, batch 64; points: median (worst)"
    )
    curves = load_curves()
    print_table(curves, answers, (LRSEARCH_METHOD,) if given.quick else FINDERS)
    print_lrsearch(curves, answers)


if __name__ == "__main__":
    main()
