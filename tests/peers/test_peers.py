"""Scripts as the tutorials of their frameworks have them, changed by nothing but `--lr`: searched, killed, resumed.

    make peers                      # makes an environment with the frameworks and runs these tests

Outside of the suite, since the frameworks are large. `LRSEARCH_PEERS_PYTHON` names another Python to run the scripts.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.peers,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
]
SCRIPTS = Path(__file__).with_name("scripts")
PYTHON = os.environ.get("LRSEARCH_PEERS_PYTHON", sys.executable)
WAIT_SECONDS = 600
TIMES = {"seconds", "seconds_to_target", "started", "ended"}


@dataclass(frozen=True)
class Peer:
    """A script, and what lrsearch must read of it.

    Attributes:
        modules: What the script imports.
        metric: The name as the script prints it.
        n_values: Number of values of the metric that each trial prints.
        first: Number of the first of them.
        arguments: Arguments of the script besides `--lr`.
        flags: Flags of lrsearch.
    """

    modules: str
    metric: str
    n_values: int = 3
    first: int = 1
    arguments: str = "--epochs 3"
    flags: str = ""


PEERS = {
    "torch_mnist": Peer("torch sklearn", "Accuracy", flags="--unit share --n-val 297"),
    "torch_quickstart": Peer("torch tensorboard sklearn", "Avg loss", arguments="--logdir {dir}"),
    # The bar of a Lightning without a terminal prints its last state alone, and `validate` the same values in full.
    "lightning_fit": Peer("lightning sklearn", "val_acc", n_values=1, first=2, arguments="--root {dir}"),
    "keras_fit": Peer("keras sklearn", "val_accuracy"),
    "hugging_face_trainer": Peer("transformers accelerate", "eval_accuracy", arguments="--output-dir {dir}"),
    "sklearn_partial_fit": Peer("sklearn", "accuracy", n_values=5, arguments="--seed {seed}"),
    "jax_optax": Peer("jax optax sklearn", "Test set accuracy"),
    "skorch_fit": Peer("skorch torch sklearn", "valid_acc"),
}
FILES = {
    "Lightning's CSV": ("lightning_fit", "val_acc", "--root {dir}", "{dir}/**/metrics.csv", 4),
    "Hugging Face's state": ("hugging_face_trainer", "eval_loss", "--output-dir {dir}", "{dir}/trainer_state.json", 3),
    "TensorBoard": ("torch_quickstart", "Accuracy/validation", "--logdir {dir}", "{dir}/events.*", 3),
}


@dataclass(frozen=True)
class Search:
    """`lrsearch` in a folder of its own."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *args: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
        environment |= {"XDG_STATE_HOME": str(self.folder / "state"), "LRSEARCH_NO_REPORT": "1"}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(
            [sys.executable, "-m", "lrsearch", *args], cwd=self.folder, env=environment, **streams
        )
        self.started.append(process)
        return process

    def run(self, *args: str) -> str:
        """Run to the end; what was written to both streams."""
        process = self.start(*args)
        out, err = process.communicate(timeout=WAIT_SECONDS)
        print(shlex.join(args), out, err, sep="\n")
        assert process.returncode == 0, err
        return out + err

    def rows(self, run: str, file: str) -> list[dict[str, str]]:
        """A table of a run, times apart."""
        with (self.folder / "runs" / run / file).open(newline="") as stream:
            return [{key: value for key, value in row.items() if key not in TIMES} for row in csv.DictReader(stream)]

    def results(self, run: str) -> list[dict]:
        """The results in the log, in their order."""
        log = self.folder / "runs" / run / "trials.jsonl"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [line for line in lines if "state" in line]

    def processes(self) -> list[str]:
        """The processes of trials: all that have a folder of this search in their environment."""
        mark = f"LRSEARCH_DIR={self.folder}".encode()
        return [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if mark in read(path)]


@pytest.fixture
def search(tmp_path):
    """Searches in an empty folder; none goes on after the test."""
    search = Search(tmp_path)
    yield search
    for process in search.started:
        process.kill()


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def need(modules: str) -> None:
    """Skip the test if a module of a script is not installed."""
    code = "import sys; from importlib.util import find_spec; sys.exit(not all(map(find_spec, sys.argv[1:])))"
    if subprocess.run([PYTHON, "-c", code, *modules.split()], check=False).returncode:
        pytest.skip(f"needs {modules}")


@pytest.mark.parametrize("name", PEERS)
def test_searched_killed_and_resumed_to_the_same_table(search, name):
    """The metric and its epochs are read as the script prints them; SIGKILL of lrsearch leaves no child."""
    peer = PEERS[name]
    need(peer.modules)
    program = ["--", PYTHON, str(SCRIPTS / f"{name}.py"), "--lr", "{lr}", *peer.arguments.split()]
    grid = ["grid", "--low", "0.001", "--high", "1", "--points", "4", "--metric", peer.metric, *peer.flags.split()]
    grid += ["--jobs", "2", "--name"]
    said = search.run(*grid, "whole", *program)
    assert f"{peer.metric}: {peer.n_values} value" in said
    for result in search.results("whole"):
        assert result["points"]["epoch"] == list(range(peer.first, peer.first + peer.n_values))
    process = search.start(*grid, "cut", *program)
    wait_until(lambda: search.results("cut") and search.processes())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wait_until(lambda: not search.processes())
    assert len(search.results("cut")) < 4
    search.run("resume", "cut")
    assert search.processes() == []
    for file in ("results.csv", "trials.csv"):
        assert search.rows("cut", file) == search.rows("whole", file)
    assert {row["state"] for row in search.rows("cut", "trials.csv")} == {"ok"}


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_loggers(search, name):
    """`--metric-file`: one value for each epoch."""
    script, metric, arguments, pattern, n_values = FILES[name]
    need(PEERS[script].modules)
    said = search.run(
        *("grid", "--low", "0.01", "--high", "0.1", "--points", "2", "--metric", metric, "--metric-file", pattern),
        *("--name", "a", "--", PYTHON, str(SCRIPTS / f"{script}.py"), "--lr", "{lr}", *arguments.split()),
    )
    assert f"{metric}: {n_values} values" in said
    for result in search.results("a"):
        assert result["points"]["epoch"] == list(range(1, n_values + 1))
