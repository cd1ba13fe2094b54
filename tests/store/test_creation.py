"""Folders of runs: names and numbers, complete or not there at all."""

from __future__ import annotations

import subprocess
import sys

import pytest

from factories import make_result
from lrsearch.errors import RunExists, UsageError
from lrsearch.store import TrialLog, check_name, read_manifest, write_spec


def visible(folder):
    """What is in a folder, but for the lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_a_new_run_is_whole(tmp_path, create):
    """Spec and manifest are there, the manifest knows the name, and nothing else is left."""
    run = create()
    assert run.path == tmp_path / "runs" / "digits-grid-001"
    assert visible(run.path) == ["run.json", "spec.yaml"]
    assert run.spec.read_text() == "seed: 0\n"
    assert read_manifest(run.manifest).name == "digits-grid-001"
    assert visible(tmp_path / "runs") == ["digits-grid-001"]


def test_numbers_go_on_after_the_highest(tmp_path, create):
    """A number is not used again, whatever it belongs to; other specs and odd names do not count."""
    create()
    (tmp_path / "runs" / "digits-grid-0999").mkdir()
    (tmp_path / "runs" / "digits-grid-x-5000").mkdir()
    (tmp_path / "runs" / "other-grid-7000").mkdir()
    assert create().name == "digits-grid-1000"
    assert create(spec_name="digits.v2").name == "digits.v2-grid-001"


def test_a_name_must_be_new(create):
    """What is taken says how far it got and how to go on."""
    run = create("mine")
    with TrialLog(run.log, run.correct) as log:
        for number in range(3):
            log.append(make_result(number=number, lr=0.1 * (number + 1), state="killed" if number == 2 else "ok"))
    with pytest.raises(RunExists) as caught:
        create("mine")
    resume = f"`lrsearch resume {run.path}`"
    assert str(caught.value) == f"mine exists (2 of 12 trials done); go on with {resume}, or choose another name"
    run.manifest.write_text("{")
    with pytest.raises(RunExists, match="mine exists; choose another name"):
        create("mine")


def test_a_name_taken_by_something_else(tmp_path, create):
    """Folders and links that are no runs are left alone."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "mine").mkdir()
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("mine", "link"):
        with pytest.raises(RunExists, match="is not a run"):
            create(name)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "../etc", "a/b", "a b", "[red]", "<script>", "é", "a" * 65, "a\n"]
)
def test_names_that_are_none(tmp_path, create, name):
    """Only letters, digits, '.', '_' and '-': nothing is made for others."""
    with pytest.raises(UsageError, match=r"at most 64 letters, digits, '\.', '_' and '-'"):
        create(name)
    assert not (tmp_path / "runs").exists()


def test_latest_is_reserved():
    """A run of that name could not be told from the newest one."""
    with pytest.raises(UsageError, match="reserved"):
        check_name("latest")
    check_name("latest-1")
    check_name("a" * 64)


def test_half_made_folders_are_removed_by_the_next_run(tmp_path, create):
    """What a killed process left is gone once another run is made."""
    (tmp_path / "runs" / ".new-1-x").mkdir(parents=True)
    create("mine")
    assert visible(tmp_path / "runs") == ["mine"]


def test_write_spec(create):
    """A larger budget replaces the spec."""
    run = create()
    write_spec(run, "seed: 1\n")
    assert run.spec.read_text() == "seed: 1\n"


def test_runs_made_at_once_get_numbers_of_their_own(tmp_path, create):
    """Several processes that make a run at the same time all get one."""
    code = (
        "import sys; from pathlib import Path; from lrsearch.store import create_run, find_run, read_manifest\n"
        "runs = Path(sys.argv[1]); manifest = read_manifest(find_run(runs, 'first').manifest)\n"
        "for _ in range(5): create_run(runs, spec_name='d', strategy='grid', spec_yaml='', manifest=manifest)\n"
    )
    create("first")
    runs = tmp_path / "runs"
    processes = [subprocess.Popen([sys.executable, "-c", code, str(runs)]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert visible(runs) == [*(f"d-grid-{number:03d}" for number in range(1, 16)), "first"]


def test_a_place_that_cannot_hold_runs(tmp_path, create):
    """A file in the way is a line for people."""
    (tmp_path / "runs").write_text("x")
    with pytest.raises(UsageError, match=r"--runs-dir: .*runs is not a folder"):
        create()
