"""Checkpoints on the disk: whole or not there, two generations, gone when they are done with."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from factories import make_trial
from lrsearch.records import Trial
from lrsearch.store import CheckpointFolder, files

TRIAL = make_trial(number=3, epochs=5)


@pytest.fixture
def folder(tmp_path):
    return CheckpointFolder(tmp_path / "checkpoints", 0.0)


def kept(folder: CheckpointFolder, trial: Trial = TRIAL) -> list[tuple[bytes, dict]]:
    return [(tensors, dict(state)) for tensors, state in folder.load(trial)]


def test_two_generations_the_newer_first(folder):
    """The third replaces the first."""
    assert kept(folder) == []
    for epoch in (1, 2, 3):
        folder.save([(TRIAL, b"w%d" % epoch, {"epoch": epoch})])
    assert kept(folder) == [(b"w3", {"epoch": 3}), (b"w2", {"epoch": 2})]


def test_a_trial_is_known_by_its_key(folder):
    """Under whatever number it is proposed; other rates and repeats are others."""
    folder.save([(TRIAL, b"w", {"epoch": 1})])
    again = make_trial(number=9, epochs=5)
    assert kept(folder, again) == [(b"w", {"epoch": 1})]
    assert kept(folder, make_trial(number=3, epochs=5, repeat=1)) == []


def test_a_partial_trial_shares_its_checkpoints_with_those_that_go_on(folder):
    """The same rate, repeat and schedule; another schedule or another value of a searched key is another training."""
    folder.save([(replace(TRIAL, until=2), b"w", {"epoch": 2})])
    assert kept(folder) == kept(folder, replace(TRIAL, until=3)) == [(b"w", {"epoch": 2})]
    for other in (replace(TRIAL, horizon=9), replace(TRIAL, overrides={"train.momentum": 0.5})):
        assert kept(folder, other) == []


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_damage_falls_back_to_the_older_generation(folder, suffix):
    """A cut or flipped file is as if it were not there."""
    for epoch in (1, 2):
        folder.save([(TRIAL, b"w%d" % epoch, {"epoch": epoch})])
    newer = max(folder.path.glob(f"*.{suffix}"), key=lambda path: path.stat().st_mtime_ns)
    newer.write_bytes(newer.read_bytes()[:-1])
    assert kept(folder) == [(b"w1", {"epoch": 1})]


def test_due_after_a_time(tmp_path):
    """At once with 0 seconds, and not soon with an hour."""
    assert CheckpointFolder(tmp_path, 0.0).due()
    assert not CheckpointFolder(tmp_path, 3600.0).due()


def test_dropped_and_cleared(folder):
    """A trial's files go with its result, the folder with the run; both may be gone already."""
    other = make_trial(0.2, number=4, epochs=5)
    folder.drop(TRIAL)
    folder.clear()
    folder.save([(trial, b"w", {"epoch": 1}) for trial in (TRIAL, other)])
    folder.drop(TRIAL)
    assert kept(folder) == []
    assert len(kept(folder, other)) == 1
    folder.clear()
    assert not folder.path.exists()


def test_a_full_disk_costs_the_checkpoint_alone(folder, monkeypatch):
    """The trial goes on, and the older generation stands."""
    folder.save([(TRIAL, b"w1", {"epoch": 1})])

    def refuse(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(files, "_write_new", refuse)
        folder.save([(TRIAL, b"w2", {"epoch": 2})])
    assert kept(folder) == [(b"w1", {"epoch": 1})]
