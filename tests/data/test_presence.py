"""Files that a plan looks for without reading them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from lrsearch.data import check_files
from lrsearch.errors import DataError
from lrsearch.spec import load_spec


@pytest.mark.parametrize(
    ("dataset", "path", "message"),
    [
        ("arrays", "nope", "nope: no such file"),
        ("arrays", ".", ".: is a folder; expected an .npz file"),
        ("arrays", "pipe", "pipe: is not a regular file; expected an .npz file"),
        (
            "arrays",
            "empty.npz",
            "empty.npz: is not an .npz of plain arrays (the file is empty); save it with numpy.savez",
        ),
        ("arrays", "x" * 300, "cannot be read (File name too long)"),
        ("arrays", "~nosuchuser/x", "~nosuchuser/x: there is no home folder for ~nosuchuser"),
        ("folder", "nope", "nope: no such folder"),
        ("folder", "pipe", "pipe: is not a folder"),
        ("folder", ".", "expected one folder of images per class"),
        ("folder", "x" * 300, "cannot be read (File name too long)"),
        ("folder", "~nosuchuser/x", "~nosuchuser/x: there is no home folder for ~nosuchuser"),
        ("own", None, "'own' means arrays given from Python"),
    ],
)
def test_what_cannot_be_opened_is_named(tmp_path, monkeypatch, dataset, path, message):
    """With the reason; a pipe does not hang."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("empty.npz").touch()
    spec = load_spec(None, [f"data.dataset={dataset}", *([f"data.path='{path}'"] if path else [])])
    with pytest.raises(DataError) as caught:
        check_files(spec.data)
    assert message in str(caught.value)


def test_what_is_there_passes(tmp_path):
    """Arrays are not read; data sets that are downloaded are not looked for."""
    np.savez(tmp_path / "x.npz", x_train=np.zeros(1))  # y_train is missing
    check_files(load_spec(None, ["data.dataset=arrays", f"data.path={tmp_path / 'x.npz'}"]).data)
    check_files(load_spec(None, ["data.dataset=mnist", f"data.root={tmp_path / 'nowhere'}"]).data)
