"""Where data sets are stored."""

from __future__ import annotations

from pathlib import Path

from lrsearch.data.places import data_root


def test_order_of_places(monkeypatch):
    """The spec's root, else the environment's, else the user's cache; an empty variable is none."""
    monkeypatch.setenv("LRSEARCH_DATA", "/somewhere")
    assert data_root("here") == Path("here")
    assert data_root("~/here") == Path.home() / "here"
    assert data_root(None) == Path("/somewhere")
    for unset in ("", None):
        monkeypatch.delenv("LRSEARCH_DATA") if unset is None else monkeypatch.setenv("LRSEARCH_DATA", unset)
        assert data_root(None).parts[-2:] == ("lrsearch", "data")
