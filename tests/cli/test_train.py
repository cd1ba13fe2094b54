"""train: the network at the recommended rate, tested once, with its weights; killed and resumed; mistakes."""

import json
import subprocess
import sys

import pytest

SMALL = ("--set", "train.epochs=3", "--set", "model.hidden=[16]", "--low", "0.01", "--high", "1", "--points", "5")
FILES = {"weights.safetensors", "model.py", "test.safetensors", "card.md"}


@pytest.fixture
def searched(lrsearch):
    """A finished search of digits, named `s`."""
    lrsearch("grid", *SMALL, "--name", "s", torch=True)


def final(folder):
    """The result of a final training."""
    return json.loads((folder / "final.json").read_text())


def test_the_test_score_stands_beside_the_expectation(lrsearch, searched, tmp_path):
    """Weights, plain torch, card and result; `python model.py` gives the score to the digit, without lrsearch."""
    out = lrsearch("train", "s", torch=True).stdout
    folder = tmp_path / "runs/digits-train-001"
    result = final(folder)
    assert "expected 0." in out
    assert f"test accuracy {result['scores'][0]:.3f} (297 examples, 1 seed)" in out
    assert "the 95 % interval that the search predicts" in out
    assert set(result["files"]) == FILES
    assert all((folder / name).is_file() for name in FILES)
    assert not (folder / "checkpoints").exists()
    alone = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            "import runpy, sys; sys.modules['lrsearch'] = None; runpy.run_path('model.py', run_name='__main__')",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert alone.stdout == f"test accuracy {result['scores'][0]} (297 examples)\n"
    card = (folder / "card.md").read_text()
    assert "| network | mlp, hidden 16 |" in card
    assert "297 to test with" in card


def test_a_result_that_was_removed_is_made_again(lrsearch, searched, tmp_path):
    """From the saved weights, with the same score and one look; without the weights, what to do is said."""
    lrsearch("train", "s", torch=True)
    folder = tmp_path / "runs/digits-train-001"
    before = final(folder)
    (folder / "final.json").unlink()
    again = "`lrsearch resume digits-train-001` tests the network and writes the file again"
    assert lrsearch("show", "digits-train-001").stdout.splitlines()[-1] == f"! final.json is missing; {again}"
    assert "not finished" in lrsearch("runs").stdout
    (folder / "final.json").write_text("{")
    assert (
        f"restore the file from a copy, or remove it: then {again}"
        in lrsearch("show", "digits-train-001", code=4).stderr
    )
    (folder / "final.json").unlink()
    lrsearch("resume", "digits-train-001", torch=True)
    assert final(folder) == before
    for name in ("final.json", "weights.safetensors"):
        (folder / name).unlink()
    refused = lrsearch("resume", "digits-train-001", torch=True, code=4).stderr
    assert (
        "(neither in checkpoints/ nor in weights.safetensors), so the network cannot be tested; `lrsearch train "
        in (refused)
    )


def test_show_and_latest_and_runs(lrsearch, searched, tmp_path):
    """`train latest` takes the newest search, `show` prints the result again, `runs` says what it is."""
    first = lrsearch("train", torch=True).stdout
    second = lrsearch("train", "latest", torch=True)
    assert "the test part was used 2 times for this search" in second.stdout
    assert lrsearch("show", "digits-train-001").stdout.splitlines()[:2] == first.splitlines()[:2]
    assert json.loads(lrsearch("show", "digits-train-001", "--format", "json").stdout)["n_test"] == 297
    assert "digits-train-001   train" in lrsearch("runs").stdout
    assert final(tmp_path / "runs/digits-train-002")["n_looks"] == 2
    for name in ("digits-train-001", "digits-train-002"):  # `latest` is another search later
        assert "## Train it again\n\n```\nlrsearch train s\n```" in (tmp_path / "runs" / name / "card.md").read_text()


def test_seeds_and_validation(lrsearch, searched, tmp_path):
    """One file of weights for each seed; with the validation examples, more to train on."""
    out = lrsearch("train", "s", "--seeds", "2", "--with-validation", torch=True).stdout
    folder = tmp_path / "runs/digits-train-001"
    assert "(297 examples, 2 seeds)" in out
    assert "the validation examples were trained on too" in out
    assert len(final(folder)["scores"]) == 2
    assert {"weights.safetensors", "weights-seed-1.safetensors"} <= set(final(folder)["files"])
    assert json.loads((folder / "run.json").read_text())["task"]["n_train"] == 1500


def test_a_spec_with_a_rate(lrsearch, tmp_path):
    """No search is needed; then nothing is expected."""
    (tmp_path / "my.yaml").write_text("model: {name: mlp, hidden: [8]}\ntrain: {epochs: 2}\n")
    out = lrsearch("train", "my.yaml", "--lr", "0.1", torch=True).stdout
    assert out.startswith("lr 0.1, 2 epochs (the rate that you gave)\ntest accuracy 0.")


@pytest.mark.parametrize("number", [16, *(pytest.param(n, marks=pytest.mark.slow) for n in (12, 19, 21))])
def test_killed_anywhere_it_resumes_to_the_same_weights(lrsearch, searched, tmp_path, number):
    """SIGKILL at a file operation of the training or of its end: the resumed files are equal to the bit."""
    lrsearch("train", "s", "--name", "whole", torch=True)
    point = f"any:{number}:kill"
    checkpoints = ("--set", "run.checkpoint_seconds=0")
    lrsearch("train", "s", *checkpoints, "--name", "cut", code=-9, torch=True, LRSEARCH_FAILPOINT=point)
    lrsearch("resume", "cut", torch=True)
    whole, cut = tmp_path / "runs/whole", tmp_path / "runs/cut"
    for name in ("weights.safetensors", "test.safetensors"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes()
    assert final(cut)["scores"] == final(whole)["scores"]


def test_data_without_a_test_part(lrsearch, tmp_path):
    """Said, and trained all the same."""
    import numpy as np

    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    x = (rng.integers(0, 100, (200, 8, 8)) + 100 * y[:, None, None]).astype(np.uint8)
    np.savez(tmp_path / "d.npz", x_train=x, y_train=y)
    (tmp_path / "d.yaml").write_text("data: {dataset: arrays, path: d.npz}\ntrain: {epochs: 2}\n")
    out = lrsearch("train", "d.yaml", "--lr", "0.1", torch=True).stdout
    assert "the data have no test part, so the network was not tested" in out
    assert (tmp_path / "runs/d-train-001/weights.safetensors").is_file()


def test_test_examples_that_train_too_are_counted(lrsearch, tmp_path):
    """Their score is no score on new examples."""
    import numpy as np

    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    x = (rng.integers(0, 100, (200, 8, 8)) + 100 * y[:, None, None]).astype(np.uint8)
    new = x[:50] + np.uint8(1)
    np.savez(
        tmp_path / "d.npz",
        x_train=x,
        y_train=y,
        x_val=new,
        y_val=y[:50],
        x_test=np.concatenate([x[:30], new]),
        y_test=np.concatenate([y[:30], y[:50]]),
    )
    (tmp_path / "d.yaml").write_text("data: {dataset: arrays, path: d.npz}\ntrain: {epochs: 1}\n")
    out = lrsearch("train", "d.yaml", "--lr", "0.1", torch=True).stdout
    assert "! 30 of the 80 test examples are equal to training examples, so the score is higher than on new" in out
    assert final(tmp_path / "runs/d-train-001")["n_shared"] == 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "no run 'nope' under runs/"),
        (["s", "--lr", "0"], "--lr: search.lr[0]: must be above 0, got 0"),
        (["s", "--name", "s"], "s exists"),
        (["my.yaml"], "my.yaml: no such file"),
        (["s", "--set", "train.epoch=3"], "unknown key"),
    ],
)
def test_mistakes(lrsearch, tmp_path, arguments, message):
    """A line that names the mistake; nothing is written."""
    lrsearch("grid", "--points", "4", "--name", "s")
    before = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert message in lrsearch("train", *arguments, code=2, torch=True).stderr
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == before
