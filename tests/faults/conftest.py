"""A search as a process that can be broken, and what must hold of it after a resume."""

from __future__ import annotations

import csv
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from forked import ForkedProcess, Forks

WAIT_SECONDS = 250.0
_TIMES = {"seconds", "seconds_to_target", "started", "ended"}


@dataclass
class Program:
    """`lrsearch` in a folder of its own; with the formula as trainer unless `torch`."""

    folder: Path
    forks: Forks
    torch: bool = False
    started: list[ForkedProcess] = field(default_factory=list)

    def environment(self, variables: dict[str, str]) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LRSEARCH_")}
        trainer = {} if self.torch else {"LRSEARCH_TRAINER": "analytic"}
        return {**kept, "NO_COLOR": "1", "LRSEARCH_NO_REPORT": "1", **trainer, **variables}

    def start(self, *args: object, **variables: str) -> ForkedProcess:
        """Begin `lrsearch ARGS`, in a session of its own."""
        process = self.forks.start(args, cwd=self.folder, env=self.environment(variables))
        self.started.append(process)
        return process

    def run(self, *args: object, code: int = 0, **variables: str) -> tuple[str, str]:
        """Run `lrsearch ARGS` to its end; what it wrote to stdout and stderr, never a traceback."""
        process = self.start(*args, **variables)
        out, err = process.communicate(timeout=WAIT_SECONDS)
        assert process.returncode == code, f"{args}: exit {process.returncode}\n{out}\n{err}"
        assert "Traceback" not in err
        return out, err

    def end(self) -> None:
        """Kill whatever is left."""
        for process in self.started:
            process.close()

    def path(self, run: str, file: str = "") -> Path:
        return self.folder / "runs" / run / file

    def n_logged(self, run: str) -> int:
        """Whole lines of results in a run's log."""
        log = self.path(run, "trials.jsonl")
        return max(0, log.read_bytes().count(b"\n") - 1) if log.exists() else 0

    def wait_for(self, run: str, n_results: int) -> None:
        """Wait until so many results are logged."""
        wait_until(lambda: self.n_logged(run) >= n_results)

    def rows(self, run: str, file: str = "trials.csv") -> list[dict[str, str]]:
        """A table of a run, times apart."""
        with self.path(run, file).open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        return [{key: value for key, value in row.items() if key not in _TIMES} for row in rows]

    def assert_same_end(self, whole: str, broken: str) -> None:
        """What must hold after a fault and a resume, held to a run that nothing happened to."""
        assert self.rows(whole) == self.rows(broken)
        assert self.rows(whole, "results.csv") == self.rows(broken, "results.csv")
        trainings = {(row["arm"], row["lr"], row["repeat"], row["epochs"]) for row in self.rows(broken)}
        assert len(trainings) == len(self.rows(broken))
        assert [
            path for path in self.path(broken).rglob("*") if ".new-" in path.name or path.name == "checkpoints"
        ] == []


def wait_until(holds) -> None:
    """Look until something holds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


@pytest.fixture
def program(tmp_path, forks):
    """The program; whatever is left of it at the end is killed."""
    program = Program(tmp_path, forks)
    yield program
    program.end()
