"""Only a command that the user has given runs again in a resume."""

import sys

import pytest

from lrsearch.command.recorded import file_digests
from lrsearch.trust import changed_files, command_digest, is_trusted, trust


def test_a_command_is_trusted_once_it_was_given(tmp_path):
    """Word by word, with its template."""
    given = command_digest(["python", "train.py", "--lr={lr}"])
    assert not is_trusted(given, tmp_path / "state")
    trust(given, tmp_path / "state")
    trust(given, tmp_path / "state")
    assert is_trusted(given, tmp_path / "state")
    others = [["python", "train.py --lr={lr}"], ["python", "train.py", "--lr={lr}", ""], ["python"]]
    for digest in (*map(command_digest, others), command_digest(["python", "train.py", "--lr={lr}"], template="")):
        assert not is_trusted(digest, tmp_path / "state")


def test_a_place_that_cannot_be_written_to(tmp_path, monkeypatch):
    """Nothing is trusted then, and neither is it without a home folder; a search goes on in both cases."""
    (tmp_path / "file").touch()
    trust("0" * 64, tmp_path / "file" / "state")
    assert not is_trusted("0" * 64, tmp_path / "file" / "state")

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("platformdirs.user_state_path", refuse)
    trust("0" * 64)
    assert not is_trusted("0" * 64)


@pytest.mark.skipif(sys.platform != "linux", reason="where XDG says the state is")
def test_the_state_is_the_users_own(tmp_path, monkeypatch):
    """In a folder that nobody else can read."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    trust("0" * 64)
    assert is_trusted("0" * 64)
    folder = tmp_path / "lrsearch" / "trusted"
    assert [path.name for path in folder.iterdir()] == ["0" * 64]
    assert folder.stat().st_mode & 0o077 == 0


def test_files_that_the_command_names_are_watched(tmp_path):
    """The script, a configuration, and a program of the folder's own; not Python itself, and no folder."""
    for name in ("train.py", "config.yaml", "run.sh"):
        (tmp_path / name).write_text(name)
    (tmp_path / "data").mkdir()
    config = str(tmp_path / "config.yaml")
    command = [sys.executable, "train.py", "--config", config, "data", "--lr={lr}", "\0", "x" * 5000]
    before = file_digests(command, tmp_path)
    assert set(before) == {"train.py", config}
    assert set(file_digests(["./run.sh"], tmp_path)) == {"./run.sh"}
    (tmp_path / "train.py").write_text("another")
    assert changed_files(before, file_digests(command, tmp_path)) == ["train.py"]
    (tmp_path / "config.yaml").unlink()
    assert len(changed_files(before, file_digests(command, tmp_path))) == 2
