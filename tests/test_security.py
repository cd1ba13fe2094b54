"""What SECURITY.md promises."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path

import pytest

import lrsearch

PACKAGE = Path(lrsearch.__file__).parent
CANARY = "hunter2-canary-7f3a"


@pytest.fixture
def run(tmp_path, forks):
    """What `lrsearch ARGS` writes to stdout and stderr."""

    def run(*args: str, code: int = 0, **variables: str) -> str:
        done = forks.run(args, cwd=tmp_path, env={**os.environ, "LRSEARCH_TRAINER": "analytic", **variables})
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return run


def test_a_secret_in_the_environment_is_in_no_file_and_no_output(run, tmp_path):
    """Neither its name nor its value: of the environment nothing is kept."""
    variables = {"WANDB_API_KEY": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY}
    said = run("grid", "-v", **variables) + run("show", "latest", "--format", "json", **variables)
    said += run("grid", "--set", "run.executor=processes", **variables)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    for text in (said, *(path.read_bytes().decode("latin-1") for path in files)):
        assert CANARY not in text
        assert "WANDB_API_KEY" not in text


def test_no_code_comes_from_a_file():
    """No pickle but the restricted one of CIFAR's archives, no torch.load, no eval, no full YAML loader."""
    calls = r"(?<![\w.])(eval|exec)\(|pickle\.loads?\(|torch\.load\(|yaml\.(unsafe_|full_)?load\("
    refused = re.compile(calls + r"|allow_pickle=True")
    found = [
        f"{path.relative_to(PACKAGE)}: {match.group()}"
        for path in PACKAGE.rglob("*.py")
        for match in refused.finditer(path.read_text())
    ]
    assert found == []


def test_an_npz_that_holds_a_pickle_is_refused(run, tmp_path):
    """An array of objects is code; it is not loaded, and nothing of it runs."""
    import numpy as np

    class Bomb:
        def __reduce__(self):
            return (os.system, (f"touch {tmp_path}/exploded",))

    np.savez(tmp_path / "my.npz", x_train=np.array([Bomb()], dtype=object), y_train=np.arange(1))
    args = ["grid", "--set", "data.dataset=arrays", "--set", "data.path=my.npz"]
    assert "my.npz" in run(*args, code=2, LRSEARCH_TRAINER="torch")
    assert not (tmp_path / "exploded").exists()
    assert pickle.dumps(Bomb())  # it would have been one


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/x", ".hidden", "[red]", "<script>", "=cmd", "-rf", "x" * 65, ""])
def test_names_stay_in_the_runs_folder(run, tmp_path, name):
    """A name is letters, digits and a few signs; nothing is written for another."""
    run("grid", f"--name={name}", code=2)
    assert not (tmp_path / "runs").exists()


def test_links_are_not_followed(run, tmp_path):
    """Neither a run that is a link, nor a file of a run that is one."""
    run("grid", "--points", "3", "--name", "x", "-q")
    outside = tmp_path / "outside"
    (tmp_path / "runs" / "x").rename(outside)
    (tmp_path / "runs" / "x").symlink_to(outside)
    run("resume", "x", code=2)
    assert "x" not in run("runs").split()
    (tmp_path / "runs" / "x").unlink()
    outside.rename(tmp_path / "runs" / "x")
    log = tmp_path / "runs" / "x" / "trials.jsonl"
    log.rename(tmp_path / "stolen")
    log.symlink_to(tmp_path / "stolen")
    before = (tmp_path / "stolen").read_bytes()
    assert "symbolic link" in run("resume", "x", "--points", "5", code=4)
    assert (tmp_path / "stolen").read_bytes() == before
