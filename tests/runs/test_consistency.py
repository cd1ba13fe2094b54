"""Run folders whose files do not fit together: one line that names the file, and no run."""

from __future__ import annotations

import json
import shutil

import pytest

from factories import make_manifest, make_plan, make_result, make_task
from lrsearch.errors import StorageError
from lrsearch.runs import load_run, resume_run, run_search
from lrsearch.spec import make_spec, spec_values
from lrsearch.store import ArmPlan, RunFolder, TrialLog, write_manifest
from lrsearch.store.log_lines import format_line

GRID = {"search": {"lr": {"low": 0.01, "high": 1.0}, "points": 3}, "train": {"epochs": 2}}
ARMS = {"fast": {"train.optimizer": "adam"}, "slow": {"train.optimizer": "sgd"}}


@pytest.fixture
def folder(tmp_path):
    """The folder of a run with two arms and a result of each."""
    folder = RunFolder(tmp_path / "x")
    folder.path.mkdir()
    plans = {arm: ArmPlan(task=make_task(), plan=make_plan()) for arm in ARMS}
    write_manifest(folder.manifest, make_manifest(spec=spec_values(make_spec({"arms": ARMS})), arms=plans))
    with TrialLog(folder.log, folder.correct) as log:
        for number, arm in enumerate(ARMS):
            log.append(make_result(number=number, arm=arm, correct=bytes(63)))  # bits of 500 images
    return folder


def edit(folder, change):
    """Change the values of a run.json."""
    values = json.loads(folder.manifest.read_text())
    change(values)
    folder.manifest.write_text(json.dumps(values))


def test_files_that_fit(folder):
    """Nothing is said of them."""
    run = load_run(folder.path)
    assert [len(result.correct) for result in run.log] == [63, 63]
    assert run.notes == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda values: values["spec"].update(seed="1"), "run.json: spec: seed: must be a whole number"),
        (lambda values: values["spec"].update(train=[]), "run.json: spec: train: "),
        (lambda values: values["spec"]["arms"].pop("slow"), "run.json: spec.arms: arm 'slow' is missing"),
        (lambda values: values["arms"].pop("slow"), "run.json: arms: arm 'slow' is missing"),
        (lambda values: values.pop("arms"), "run.json: decisions.precision: is missing"),
        (
            lambda values: values.update(n_trials=2),
            "run.json: n_trials: must be 28, as the spec plans, got 2 (changed by hand?); write 28 again",
        ),
        (
            lambda values: values["spec"]["search"].update(lr=[0.1, 0.2]) or values.update(strategy="bayes"),
            "run.json: strategy: ",
        ),
    ],
)
def test_a_manifest_that_contradicts_itself(folder, change, problem):
    """The spec is no spec, an arm is gone, or the strategy cannot search it."""
    edit(folder, change)
    with pytest.raises(StorageError) as caught:
        load_run(folder.path)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_result_of_an_arm_that_is_gone(folder):
    """It would stand in no table."""
    edit(folder, lambda values: (values["spec"]["arms"].pop("slow"), values["arms"].pop("slow")))
    with pytest.raises(StorageError, match=r"trials\.jsonl: trial 1: arm 'slow' is not an arm of this run"):
        load_run(folder.path)


def test_a_result_of_a_longer_training(folder):
    """It would be ranked alone, before all others: a training with a horizon of 2 epochs in a run of 1."""
    edit(folder, lambda values: values["spec"].update(train={"epochs": 2}))
    assert len(load_run(folder.path).log) == 2
    edit(folder, lambda values: values["spec"].update(train={"epochs": 1}))
    with pytest.raises(StorageError, match=r"trials\.jsonl: trial 0: horizon: must be at most 1 epoch, got 2"):
        load_run(folder.path)


def test_bits_of_another_number_of_images(folder):
    """They cannot be compared with others; the scores can."""
    edit(folder, lambda values: values["arms"]["slow"]["task"].update(n_val=1000))
    run = load_run(folder.path)
    assert [result.correct is None for result in run.log] == [False, True]
    assert "1 record ignored, because the number of validation images does not match" in run.notes[0]


def test_a_log_that_is_gone_is_missed(folder):
    """Somebody has removed it: without a word all would be trained again. A run that never trained has none."""
    folder.log.unlink()
    assert load_run(folder.path).notes == ()
    edit(folder, lambda values: values.update(train_seconds=7.5))
    run = load_run(folder.path)
    assert (run.log, run.finished) == ((), False)
    assert run.notes == (f"{folder.log} is missing, so its results are lost, and a resume trains all trials again",)
    folder.log.touch()  # what a full disk or a sync leaves
    (note,) = load_run(folder.path).notes
    assert note == f"{folder.log} is empty, so its results are lost, and a resume trains all trials again"


@pytest.fixture
def searched(analytic, tmp_path):
    """The folder of a grid of three rates that was searched."""
    run_search(GRID, runs_dir=tmp_path, name="a")
    return RunFolder(tmp_path / "a")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda values: values["spec"]["train"].update(epochs=3),
            "the log was begun with train.epochs 2, but run.json says 3",
        ),
        (
            lambda values: (values.update(seed=1), values["spec"].update(seed=1)),
            "the log was begun with seed 0, but run.json says 1",
        ),
        (lambda values: values.update(seed=1), "run.json has seed 1, but spec.seed 0"),
        (
            lambda values: values["spec"]["data"].update(batch_size=16),
            "the log was begun with data.batch_size 64, but run.json says 16",
        ),
        (
            lambda values: values.update(strategy="auto"),
            "the log was begun with strategy 'grid', but run.json says 'auto'",
        ),
        (
            lambda values: values.update(created="2026-01-01T00:00:00+00:00"),
            "the log was begun by another run, or at another time than run.json says (created)",
        ),
    ],
)
def test_a_manifest_that_was_changed_is_refused(searched, change, why):
    """The results would be shown under settings that they were not trained with."""
    edit(searched, change)
    for read in (load_run, resume_run):
        with pytest.raises(StorageError) as caught:
            read(searched.path)
        assert f"trials.jsonl: does not fit run.json: {why} (changed by hand, or copied?)" in str(caught.value)
        assert str(caught.value).endswith("; restore both files from a copy, or start a new run")


def test_a_log_of_another_run_is_refused(searched, tmp_path):
    """The whole log, and single lines; a copy of the whole folder is a run."""
    run_search(GRID, runs_dir=tmp_path, name="b")
    shutil.copytree(searched.path, tmp_path / "copy")
    assert len(load_run(tmp_path / "copy").log) == 3
    other, own = (tmp_path / "b" / "trials.jsonl").read_bytes(), searched.log.read_bytes()
    searched.log.write_bytes(other)
    with pytest.raises(StorageError, match=r"trials\.jsonl: does not fit run\.json: the log was begun by another run"):
        load_run(searched.path)
    searched.log.write_bytes(own + other.splitlines(keepends=True)[1])
    with pytest.raises(StorageError, match=r"line 5 is damaged: it was written by another run"):
        load_run(searched.path)


def test_a_score_that_no_epoch_has_is_refused(searched):
    """A forged score, and another metric in run.json; the checksum of the line fits."""
    lines = [json.loads(line) for line in searched.log.read_bytes().splitlines()]
    lines[2]["score"] = 0.999
    searched.log.write_bytes(b"".join(format_line(without(line, "crc32")) for line in lines))
    with pytest.raises(StorageError, match=r"trial 1: score: must be the val_accuracy of epoch 2, 0\.\d+ \(changed"):
        load_run(searched.path)
    lines[2]["scored_epoch"] = 7
    searched.log.write_bytes(b"".join(format_line(without(line, "crc32")) for line in lines))
    with pytest.raises(StorageError, match="trial 1: score: the scored epoch, 7, is not in the log"):
        load_run(searched.path)


def test_another_metric_in_the_manifest_is_refused(searched):
    """The scores are not those of that metric."""
    edit(searched, lambda values: values["spec"]["search"].update(metric="val_loss"))
    with pytest.raises(StorageError, match="trial 0: score: must be the val_loss of epoch 2, "):
        load_run(searched.path)


def without(values, key):
    """The values without one key."""
    return {name: value for name, value in values.items() if name != key}
