"""Where data sets are stored."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from lrsearch.data.places import data_root, resized_root, splits_root
from lrsearch.errors import DataError


def test_order_of_places(monkeypatch):
    """The spec's root, else the environment's, else the user's cache; an empty variable is none."""
    monkeypatch.setenv("LRSEARCH_DATA", "/somewhere")
    assert data_root("here") == Path("here")
    assert data_root("~/here") == Path.home() / "here"
    assert data_root(None) == Path("/somewhere")
    for unset in ("", None):
        monkeypatch.delenv("LRSEARCH_DATA") if unset is None else monkeypatch.setenv("LRSEARCH_DATA", unset)
        assert data_root(None).parts[-2:] == ("lrsearch", "data")


def test_no_home_folder(monkeypatch):
    """An unknown user without HOME, as in some containers: one line says what to set."""

    def refuse(_name):
        raise RuntimeError("could not determine the home directory for '~/.cache'")

    monkeypatch.setattr(platformdirs, "user_cache_path", refuse)
    monkeypatch.delenv("LRSEARCH_DATA", raising=False)
    for place in (lambda: data_root(None), splits_root, resized_root):
        with pytest.raises(DataError, match=r"no home folder .* set HOME, or XDG_CACHE_HOME, to a folder of yours"):
            place()
    monkeypatch.setenv("LRSEARCH_DATA", "/somewhere")
    assert data_root(None) == Path("/somewhere")
