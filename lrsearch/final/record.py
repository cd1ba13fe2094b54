"""The result of a final training, final.json: scores on the test part, the expected interval, and the files."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from lrsearch.errors import StorageError
from lrsearch.plans import FinalPlan
from lrsearch.store.argument import run_argument
from lrsearch.store.files import read_file, replace_file
from lrsearch.store.shapes import Shape, ShapeError, check_shape

FINAL_FILE = "final.json"
"""Name of the file with the result of a final training, in the folder of the training."""

_Z = 1.96  # standard errors from the middle of a 95 % interval to its ends


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalTest:
    """The result of a final training.

    Attributes:
        scores: Score of each seed on the test part, in the unit of the search's metric; empty without a test part.
        n_test: Number of test examples; None without a test part.
        low: Lower end of the 95 % interval in which the search expects the mean of `scores`; None if unknown.
        high: Upper end of the same interval.
        seed: Number of the seed, from 0, whose weights are in `weights.safetensors`.
        n_looks: How many final trainings of the same search have looked at the test part, this one included.
        files: Names of the files that the training left.
        n_shared: Number of test examples that are equal to training examples.
    """

    scores: tuple[float, ...] = ()
    n_test: int | None = None
    low: float | None = None
    high: float | None = None
    seed: int = 0
    n_looks: int = 1
    files: tuple[str, ...] = ()
    n_shared: int = 0

    @property
    def mean(self) -> float | None:
        """Mean score over the seeds; None without a test part."""
        return sum(self.scores) / len(self.scores) if self.scores else None

    @property
    def is_expected(self) -> bool | None:
        """Whether the mean score lies in the expected interval; None if one of the two is unknown."""
        if self.mean is None or self.low is None or self.high is None:
            return None
        return self.low <= self.mean <= self.high


def expected_interval(
    plan: FinalPlan, *, spread: float | None, n_val: int | None, n_test: int, n_seeds: int
) -> tuple[float, float] | None:
    """Compute the 95 % interval in which a search expects the mean test score of a final training.

    The variance is that of the difference between the expected score and the test score: s^2 / n_seeds and
    `expected_sd`^2 for the seeds of the training and of the search, v / n_val + v / n_test for the validation and the
    test examples, which are two samples of the same kind. s is `seed_sd`, v the variance of the score of one example.

    Args:
        plan: The final training, with the score that its search expects.
        spread: Standard deviation of the score of a single test example; None if the score is no mean over examples.
        n_val: Number of validation examples; None if unknown.
        n_test: Number of test examples.
        n_seeds: Number of seeds of the final training.

    Returns:
        (low, high); None if the search expects no score, or if its noise or that of the examples is unknown.

    Example:
        >>> plan = FinalPlan(expected=0.9, expected_sd=0.0, seed_sd=0.0)
        >>> low, high = expected_interval(plan, spread=0.3, n_val=1800, n_test=1800, n_seeds=1)
        >>> round(low, 4), round(high, 4)
        (0.8804, 0.9196)
    """
    known = (plan.expected, plan.expected_sd, plan.seed_sd, spread, n_val)
    if any(value is None for value in known):
        return None
    expected, error, seed_sd, of_example, n_validated = (float(value) for value in known if value is not None)
    variance = error**2 + seed_sd**2 / n_seeds + of_example**2 * (1 / n_validated + 1 / n_test)
    return expected - _Z * math.sqrt(variance), expected + _Z * math.sqrt(variance)


class _Shape(Shape):
    """The content of final.json; see `FinalTest`. `run` is the text that only the lines of this run's log have."""

    format: Literal[1]
    run: str | None = None
    scores: list[Annotated[float, Field(allow_inf_nan=False)]]
    n_test: Annotated[int, Field(ge=1)] | None
    low: Annotated[float, Field(allow_inf_nan=False)] | None
    high: Annotated[float, Field(allow_inf_nan=False)] | None
    seed: Annotated[int, Field(ge=0)]
    n_looks: Annotated[int, Field(ge=1)]
    files: list[str]
    n_shared: Annotated[int, Field(ge=0)] = 0


def write_final(folder: Path, test: FinalTest, run: str | None = None) -> None:
    """Write final.json into the folder of a final training.

    Args:
        folder: The folder.
        test: The result.
        run: What no other run has; see `run_id`.

    Raises:
        StorageError: The file cannot be written.
    """
    text = json.dumps({"format": 1, "run": run, **asdict(test)}, indent=2, allow_nan=False)
    replace_file(folder / FINAL_FILE, (text + "\n").encode())


def read_final(folder: Path, run: str | None = None, *, is_share: bool = False) -> FinalTest | None:
    """Read the result of a final training; None if the training has no result yet.

    Args:
        folder: The folder of the training.
        run: What the training's log says of its run; see `run_id`. A file that names another run is refused.
        is_share: Whether the scores lie between 0 and 1.

    Raises:
        StorageError: The file cannot be read, is damaged, or is that of another training.
    """
    path = folder / FINAL_FILE
    if not path.exists():
        return None
    try:
        values = json.loads(read_file(path))
        check_shape(_Shape, values)
    except (ValueError, ShapeError) as error:
        raise _damaged(path, f"{error} (changed by hand?)") from None
    if run is not None and values.get("run") not in {run, None}:
        raise _damaged(path, "was written by another training (copied?)")
    test = FinalTest(
        scores=tuple(values["scores"]),
        n_test=values["n_test"],
        low=values["low"],
        high=values["high"],
        seed=values["seed"],
        n_looks=values["n_looks"],
        files=tuple(values["files"]),
        n_shared=values.get("n_shared", 0),
    )
    if (why := _why_impossible(test, is_share=is_share)) is not None:
        raise _damaged(path, f"{why} (changed by hand?)")
    return test


def _why_impossible(test: FinalTest, *, is_share: bool) -> str | None:
    """Say what no final training can have as its result; None if all is possible."""
    outside = [score for score in test.scores if is_share and not 0 <= score <= 1]
    if outside:
        return f"scores: must be from 0 to 1, got {outside[0]:g}"
    if test.low is not None and test.high is not None and test.low > test.high:
        return f"low ({test.low:g}) must not be above high ({test.high:g})"
    if test.scores and test.seed >= len(test.scores):
        return f"seed: must be below the number of scores, {len(test.scores)}, got {test.seed}"
    return None


def _damaged(path: Path, why: str) -> StorageError:
    again = f"`lrsearch resume {run_argument(path.parent)}` tests the network and writes the file again"
    return StorageError(f"{path}: {why}; restore the file from a copy, or remove it: then {again}")
