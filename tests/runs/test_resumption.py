"""A run whose data have moved goes on from their new place."""

from pathlib import Path

import numpy as np
import pytest

from factories import stop_after
from lrsearch.errors import DataError
from lrsearch.interfaces import Listener
from lrsearch.runs import load_run, resume_run, run_search


def save_arrays(path, seed=0):
    """40 small images of two classes."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 255, (40, 8, 8), dtype=np.uint8), np.arange(40) % 2
    np.savez(path, x_train=x, y_train=y, x_val=x[::2], y_val=y[::2])


def test_data_that_moved_are_found_where_a_resume_names_them(tmp_path, monkeypatch):
    """The old place is named with what to do; other data are refused; the new place is kept as a whole path."""
    monkeypatch.chdir(tmp_path)
    save_arrays("old.npz")
    spec = {
        "data": {"dataset": "arrays", "path": "old.npz", "batch_size": 8},
        "train": {"epochs": 1},
        "search": {"lr": [0.1, 0.01]},
        "run": {"engine": "single", "executor": "inline"},
    }
    run = run_search(spec, **stop_after(1))
    Path("old.npz").rename("new.npz")
    with pytest.raises(DataError, match=rf"old.npz: no such file.*lrsearch resume {run.name} --set data.path=PATH"):
        resume_run(run.path, progress=False)
    save_arrays("other.npz", seed=1)
    with pytest.raises(DataError, match="are not the data that the run began with"):
        resume_run(run.path, changes={"data.path": "other.npz"}, progress=False)
    assert load_run(run.path).spec.data.path == str(tmp_path / "old.npz")
    done = resume_run(run.path, changes={"data.path": "new.npz"}, progress=False)
    assert done.finished
    assert done.spec.data.path == str(tmp_path / "new.npz")
    assert load_run(run.path).manifest.spec["data"]["path"] == str(tmp_path / "new.npz")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert resume_run(tmp_path / run.path, progress=False).finished


def test_remarks_on_the_data_are_told_before_training(tmp_path):
    """And again on a resume: they may be a reason to stop."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 255, (40, 8, 8), dtype=np.uint8), np.arange(40) % 2
    heard = []
    listener = Listener(note=heard.append, started=lambda *_: heard.append("started"))
    spec = {"data": {"dataset": "own", "batch_size": 8}, "train": {"epochs": 1}, "search": {"lr": [0.1]}}
    data = {"x_train": x, "y_train": y, "x_val": x[:4], "y_val": y[:4]}
    run = run_search(spec, data=data, runs_dir=tmp_path, listener=listener)
    remark = heard[0]
    assert remark.startswith("! data: 4 of the 4 validation images are equal to training images, so ")
    assert heard == [remark, "started"]
    resume_run(run.path, changes={"search.repeats": 2}, data=data, listener=listener)
    assert heard == [remark, "started"] * 2
