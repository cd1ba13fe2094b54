"""Runs and folders as arguments of a command that a shell reads."""

import re
import shlex
from pathlib import Path

import pytest

import lrsearch
from lrsearch.store import enter_folder, file_argument, find_run, run_argument, runs_dir_option


@pytest.mark.parametrize(
    ("path", "argument"),
    [
        ("runs/a", "a"),
        ("a", "./a"),
        ("-a/b", "./-a/b"),
        ("-a", "./-a"),
        ("elsewhere/a", "elsewhere/a"),
        ("elsewhere/my run", "'elsewhere/my run'"),
        ("elsewhere/$HOME;ls", "'elsewhere/$HOME;ls'"),
    ],
)
def test_an_argument_names_this_run(tmp_path, monkeypatch, path, argument):
    """Not another one of the same name in ./runs; and the run is found by it, in the default folder."""
    monkeypatch.chdir(tmp_path)
    folder = Path(path)
    folder.mkdir(parents=True)
    (folder / "run.json").touch()
    assert run_argument(folder) == argument
    [word] = shlex.split(argument)
    assert find_run(Path("runs"), word).path.resolve() == folder.resolve()


def test_a_whole_path_is_made_short(tmp_path, monkeypatch):
    """A folder outside of the current one keeps its whole path."""
    monkeypatch.chdir(tmp_path)
    assert run_argument(tmp_path / "others" / "a") == "others/a"
    monkeypatch.chdir("/")
    assert run_argument(Path("/nowhere of mine/a")) == "'nowhere of mine/a'"


def test_files_and_folders_are_quoted(tmp_path, monkeypatch):
    """A dash would begin an option."""
    monkeypatch.chdir(tmp_path)
    assert file_argument("-x y.yaml") == "'./-x y.yaml'"
    assert runs_dir_option(Path("my runs")) == " --runs-dir 'my runs'"
    assert runs_dir_option(Path("runs")) == ""
    assert enter_folder("/my code") == "cd '/my code' && "
    assert enter_folder(str(tmp_path)) == ""


def test_no_message_quotes_the_name_of_a_run_itself():
    """Where a message names a run in a command, `run_argument` writes it (or the function that gets it as argument)."""
    told = re.compile(r"lrsearch (?:resume|show|drop|rm|train|report) \{(?!argument|run_argument)")
    sources = Path(lrsearch.__file__).parent.rglob("*.py")
    assert [f"{path.name}: {found.group()}" for path in sources for found in told.finditer(path.read_text())] == []
