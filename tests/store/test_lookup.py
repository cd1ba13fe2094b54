"""Runs found by name, by path, and as the newest."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrsearch.errors import RunExists, RunNotFound, StorageError, UsageError
from lrsearch.store import (
    check_runs_dir,
    create_folder,
    find_run,
    list_runs,
    list_unfinished,
    passed_over,
    read_manifest,
)


def test_find_a_run(tmp_path, create, monkeypatch):
    """By name, by path, and the newest by its manifest."""
    first, second = create("b", second=5), create("a", second=7)
    create("c", second=1)
    runs = tmp_path / "runs"
    assert find_run(runs, "b") == first
    assert find_run(runs, str(first.path)).name == "b"
    assert find_run(runs, "latest") == second
    assert [run.name for run in list_runs(runs)] == ["c", "b", "a"]
    monkeypatch.chdir(first.path)
    assert find_run(runs, ".").name == "b"
    assert find_run(runs, "../a").name == "a"


def test_what_is_not_found(tmp_path, create):
    """A near name is suggested; an empty place and a plain folder are named as such."""
    runs = tmp_path / "runs"
    with pytest.raises(RunNotFound, match=r"no run under .*runs/ yet"):
        find_run(runs, "latest")
    create("mnist-cnn")
    with pytest.raises(RunNotFound, match=r"no run 'mnist-cn' under .*runs/; did you mean 'mnist-cnn'\?"):
        find_run(runs, "mnist-cn")
    with pytest.raises(RunNotFound, match=r"no run 'zzz' under .*; `lrsearch runs --runs-dir \S+` lists"):
        find_run(runs, "zzz")
    with pytest.raises(RunNotFound, match=r"is not a run, because the folder holds no run\.json"):
        find_run(runs, str(tmp_path))


def test_a_file_in_the_place_of_the_folder_of_runs(tmp_path):
    """A file, a device, a path below one of them, a broken link and a name that is too long are mistakes of usage."""
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    whole = "name a folder, or one that does not exist yet"
    for place, words in {
        tmp_path / "file": f"{tmp_path}/file is not a folder; {whole}",
        tmp_path / "file" / "a" / "b": f"{tmp_path}/file is not a folder; {whole}",
        Path("/dev/null"): f"/dev/null is not a folder; {whole}",
        tmp_path / "link": f"{tmp_path}/link leads nowhere; {whole}",
        tmp_path / ("x" * 300): f"{tmp_path}/{'x' * 300}: the name is too long; choose a shorter one",
    }.items():
        for function in (check_runs_dir, list_runs, lambda place: create_folder(place, "a", lambda _: {})):
            with pytest.raises(UsageError) as caught:
                function(place)
            assert str(caught.value) == f"--runs-dir: {words}"
    check_runs_dir(tmp_path / "new" / "runs")
    check_runs_dir(Path("runs"))
    check_runs_dir(tmp_path)


def test_what_is_no_run_is_passed_over(tmp_path, create):
    """Files, folders without a manifest, half-made folders, and links out of the folder."""
    run = create("mine")
    runs = tmp_path / "runs"
    (runs / "file").write_text("x")
    (runs / "folder").mkdir()
    (runs / ".new-1-x").mkdir()
    (runs / ".new-1-x" / "run.json").write_text("{}")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "run.json").write_text("{}")
    (runs / "link").symlink_to(tmp_path / "outside")
    assert list_runs(runs) == [run]
    with pytest.raises(RunNotFound):
        find_run(runs, "link")


def test_a_run_without_its_manifest(tmp_path, create):
    """It is found by its name and its path, listed, and passed over by `latest`; reading it says what is missing."""
    whole, run = create("whole"), create("mine", second=1)
    run.manifest.unlink()
    run.log.touch()
    runs = tmp_path / "runs"
    assert list_runs(runs) == [run, whole]
    assert find_run(runs, "latest") == whole
    assert passed_over(runs).startswith("latest: skips mine")
    for ref in ("mine", str(run.path)):
        with pytest.raises(StorageError) as caught:
            read_manifest(find_run(runs, ref).manifest)
        assert str(caught.value) == (
            f"{run.manifest}: is missing, so the run can be neither read nor resumed; restore the file from a copy. "
            "The results in trials.jsonl are not affected"
        )
    with pytest.raises(RunExists, match="mine exists; choose another name"):
        create("mine")


def test_a_damaged_manifest_keeps_no_other_run_from_being_found(tmp_path, create):
    """Nobody knows how old it is: `latest` passes over it, and a line says so."""
    old = create("old")
    damaged = create("new", second=1)
    runs = tmp_path / "runs"
    assert passed_over(runs) == ""
    damaged.manifest.write_text("{")
    assert list_runs(runs) == [damaged, old]
    assert find_run(runs, "latest") == old
    assert find_run(runs, "new") == damaged
    assert passed_over(runs) == f"latest: skips new, which cannot be read; `lrsearch runs --runs-dir {runs}` says why"
    old.manifest.write_text("")
    assert find_run(runs, "latest") in {old, damaged}


def test_runs_are_ordered_by_their_time_in_any_zone(tmp_path, create):
    """A time that somebody wrote with another zone is the same time."""
    first, second = create("b", second=5), create("a", second=7)
    text = first.manifest.read_text()
    first.manifest.write_text(text.replace("2026-01-31T12:00:05.000000+00:00", "2026-01-31T14:00:05+02:00", 1))
    assert list_runs(tmp_path / "runs") == [first, second]


def test_runs_that_are_not_finished(tmp_path, create):
    """In their order, and without those that cannot be read."""
    runs = [create(name, second=second) for second, name in enumerate("abcd")]
    for run in runs[:3]:
        run.manifest.write_text(run.manifest.read_text().replace('"finished": true', '"finished": false'))
    runs[0].manifest.write_text("{")
    assert list_unfinished(tmp_path / "runs") == runs[1:3]


def test_a_run_behind_a_link_is_refused_by_path_too(tmp_path, create, monkeypatch):
    """A link to a run, and a link in the folder of runs; the message names where it leads."""
    create("mine")
    runs, outside = tmp_path / "runs", tmp_path / "outside"
    outside.mkdir()
    (runs / "mine").rename(outside / "mine")
    (runs / "link").symlink_to(outside / "mine")
    (runs / "deep").symlink_to(outside)
    monkeypatch.chdir(tmp_path)
    for ref in ("runs/link", str(runs / "link"), "runs/deep/mine", "runs/link/", "outside/../runs/link"):
        with pytest.raises(RunNotFound, match=r"is a symbolic link; give the folder that it leads to, .*outside"):
            find_run(runs, ref)
    assert find_run(runs, "outside/mine").name == "mine"


def test_a_folder_of_runs_may_lie_behind_a_link(tmp_path, create):
    """Such as ~/scratch, or runs/ on another disk: a person's own way of naming a place."""
    create("mine")
    scratch = tmp_path / "scratch"
    scratch.symlink_to(tmp_path / "runs")
    assert find_run(scratch, "mine").path == scratch / "mine"
    assert find_run(scratch, str(scratch / "mine")).name == "mine"
    assert find_run(tmp_path / "other", str(scratch / "mine")).name == "mine"


def test_an_empty_name(tmp_path):
    """It names no run, and not the working folder either."""
    with pytest.raises(RunNotFound, match="the name of the run is empty"):
        find_run(tmp_path, "")
