"""Fixtures for all rooms."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from forked import Forks

# Before torch is imported, here and in every process that a test starts: threads that wait for each other sleep. Where
# tests run side by side there are more threads than cores, and spinning ones take the time of those they wait for.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Tests interrupt searches. Where they run behind `&` in a script, SIGINT is ignored, and with `nohup` SIGHUP; processes
# inherit that.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# The same examples in each run, however long each takes: a test fails because of a change, never by chance or by load.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _own_random_numbers():
    """A test draws the same numbers, whichever tests came before it in its process."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the checkout; skips where there is none."""
    checkout = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
    folder = checkout.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real data sets in ../shared/data beside the checkout")
    return folder


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory):
    """Nothing that a test keeps reaches the cache or the state of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_report():
    """Pictures take a second for each run: tests that are about them ask for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRSEARCH_NO_REPORT", "1")
        yield


@pytest.fixture
def analytic(monkeypatch):
    """A formula in place of training: a whole run takes milliseconds."""
    monkeypatch.setenv("LRSEARCH_TRAINER", "analytic")


@pytest.fixture
def bare_trainer(monkeypatch):
    """A trainer that knows nothing of its task: neither shape nor classes, sizes or baselines."""
    from lrsearch.training.registry import TRAINERS, TrainerEntry

    monkeypatch.setitem(TRAINERS, "bare", TrainerEntry(module="bare_trainer"))
    monkeypatch.setenv("LRSEARCH_TRAINER", "bare")


@pytest.fixture(scope="session")
def forks():
    """Starts processes of the program, forked from one that has already imported it."""
    if not hasattr(socket, "SOCK_SEQPACKET") or not hasattr(os, "fork") or sys.platform == "darwin":
        pytest.skip("needs forks and sockets that keep messages apart, as Linux has them")
    forks = Forks()
    yield forks
    forks.close()
