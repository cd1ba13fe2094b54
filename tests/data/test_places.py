"""Where data sets are stored."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from lrsearch.data.opening import open_split
from lrsearch.data.places import data_root, resized_root, splits_root
from lrsearch.errors import DataError
from lrsearch.spec import make_spec


def test_order_of_places(monkeypatch):
    """The spec's root, else the environment's, else the user's cache; an empty variable is none."""
    monkeypatch.setenv("LRSEARCH_DATA", "/somewhere")
    assert data_root("here") == Path("here")
    assert data_root("~/here") == Path.home() / "here"
    assert data_root(None) == Path("/somewhere")
    for unset in ("", None):
        monkeypatch.delenv("LRSEARCH_DATA") if unset is None else monkeypatch.setenv("LRSEARCH_DATA", unset)
        assert data_root(None).parts[-2:] == ("lrsearch", "data")


def test_a_file_in_the_place_of_the_folder(monkeypatch, tmp_path):
    """Said with the key or the variable that names it, before any download."""
    (tmp_path / "file").touch()
    what = f"{tmp_path}/file is a file, and data sets are stored in a folder; name a folder with data.root"
    with pytest.raises(DataError) as caught:
        data_root(f"{tmp_path}/file/x")
    assert str(caught.value) == f"data.root: {what}"
    monkeypatch.setenv("LRSEARCH_DATA", f"{tmp_path}/file")
    with pytest.raises(DataError) as caught:
        data_root(None)
    assert str(caught.value) == f"LRSEARCH_DATA: {what}"
    monkeypatch.setenv("LRSEARCH_DATA", "/dev/null")
    with pytest.raises(DataError, match="LRSEARCH_DATA: /dev/null is a file"):
        data_root(None)


def test_no_home_folder(monkeypatch):
    """An unknown user without HOME, as in some containers: one line says what to set."""

    def refuse(_name):
        raise RuntimeError("could not determine the home directory for '~/.cache'")

    monkeypatch.setattr(platformdirs, "user_cache_path", refuse)
    monkeypatch.delenv("LRSEARCH_DATA", raising=False)
    with pytest.raises(DataError, match=r"no home folder .* name a folder with data\.root, or set HOME to a folder"):
        data_root(None)
    assert (splits_root(), resized_root()) == (None, None)
    parts = open_split(make_spec({"data": {"split_seed": 77}}).data)  # digits need no folder
    assert parts.shape == (1, 8, 8)
    monkeypatch.setenv("LRSEARCH_DATA", "/somewhere")
    assert data_root(None) == Path("/somewhere")
