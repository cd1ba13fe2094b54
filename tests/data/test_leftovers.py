"""What killed processes left in a cache is removed; what somebody may still write stays."""

from __future__ import annotations

import os

from lrsearch.data.leftovers import remove_leftovers


def test_old_unfinished_files_are_removed(tmp_path):
    """By the newest time inside a folder: one that is being filled stays. Finished files stay whatever their age."""
    for name in (".old", ".new"):
        (tmp_path / name / "split").mkdir(parents=True)
        (tmp_path / name / "split" / "x.npy").write_bytes(b"12")
    (tmp_path / ".a.npy.77.part").write_bytes(b"1")
    (tmp_path / ".b.npy.78.part").write_bytes(b"1")
    (tmp_path / "whole.npy").write_bytes(b"1")
    (tmp_path / "outside").mkdir()
    (tmp_path / ".link").symlink_to(tmp_path / "outside")
    for path in (".old/split/x.npy", ".old/split", ".old", ".new/split", ".new", ".a.npy.77.part", "whole.npy"):
        os.utime(tmp_path / path, (0, 0))
    os.utime(tmp_path / ".link", (0, 0), follow_symlinks=False)
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.npy.78.part", ".new", "outside", "whole.npy"]


def test_a_cache_that_is_missing(tmp_path):
    """There is nothing to remove."""
    remove_leftovers(tmp_path / "none")
