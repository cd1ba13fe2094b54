"""What TensorBoard is told: every epoch, the rates with their scores; and its faults end no trial."""

import pytest

pytest.importorskip("tensorboard")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata, plugin_data_pb2

import lrsearch.runs.tensorboard
from lrsearch.errors import UsageError
from lrsearch.interfaces import Listener
from lrsearch.runs import resume_run, run_search
from lrsearch.runs.tensorboard import FOLDER, TensorBoard, goes_on

SPEC = {"train": {"epochs": 3}, "search": {"lr": [0.1, 0.01]}}

pytestmark = pytest.mark.usefixtures("analytic")


def listener_of(tracker):
    """What a command makes of a tracker."""
    return Listener(started=tracker.started, saw=tracker.saw)


def read(folder):
    """Everything in a trial's folder, as TensorBoard reads it."""
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return accumulator


def hparams_of(accumulator):
    """The messages of the plugin, by their tag."""
    contents = accumulator.summary_metadata
    return {
        tag: metadata.parse_session_start_info_plugin_data(contents[tag].plugin_data.content)
        for tag in contents
        if tag == metadata.SESSION_START_INFO_TAG
    }


def test_each_trial_has_its_curves_and_its_score(tmp_path):
    """One folder for each trial; steps are epochs, values those of the run."""
    said = []
    run = run_search(SPEC, runs_dir=tmp_path, listener=listener_of(TensorBoard(said.append)))
    folders = {path.name for path in (run.path / FOLDER).iterdir() if path.is_dir()}
    assert folders == {"lr-0.1-repeat-0", "lr-0.01-repeat-0"}
    for result in run.results:
        told = read(run.path / FOLDER / f"lr-{result.trial.lr!r}-repeat-0")
        for tag, name in (("loss/val", "val_loss"), ("accuracy/train", "train_accuracy"), ("lr", "lr")):
            scalars = told.Scalars(tag)
            assert [scalar.step for scalar in scalars] == [1, 2, 3]
            values = [getattr(point, name) for point in result.points]
            assert [scalar.value for scalar in scalars] == pytest.approx(values, rel=1e-6)
        (score,) = told.Scalars("score")
        assert score.value == pytest.approx(result.score)
        (start,) = hparams_of(told).values()
        assert start.hparams["lr"].number_value == result.trial.lr
    assert said == []


def test_the_overview_names_what_is_compared(tmp_path):
    """The hparams page has a column for the rate and one for the score."""
    run = run_search(SPEC, runs_dir=tmp_path, listener=listener_of(TensorBoard(print)))
    contents = read(run.path / FOLDER).summary_metadata[metadata.EXPERIMENT_TAG].plugin_data.content
    experiment = plugin_data_pb2.HParamsPluginData.FromString(contents).experiment
    assert [info.name for info in experiment.hparam_infos] == ["lr", "arm", "repeat", "epochs"]
    assert experiment.metric_infos[0].name.tag == "score"


def test_a_resumed_run_adds_what_is_new(tmp_path):
    """A larger budget is told beside what was told before."""
    run = run_search(SPEC, runs_dir=tmp_path, listener=listener_of(TensorBoard(print)))
    resume_run(run.path, changes={"search.repeats": 2}, listener=listener_of(TensorBoard(print)))
    assert len([path for path in (run.path / FOLDER).iterdir() if path.is_dir()]) == 4


def test_trials_of_a_session_without_tensorboard_are_added(tmp_path):
    """A resume with TensorBoard writes the curves and scores of all trials."""
    run = run_search(SPEC, runs_dir=tmp_path, progress=False)
    resume_run(run.path, changes={"search.lr": [0.1, 0.01, 0.001]}, listener=listener_of(TensorBoard(print)))
    assert {path.name for path in (run.path / FOLDER).iterdir() if path.is_dir()} == {
        f"lr-{lr}-repeat-0" for lr in (0.1, 0.01, 0.001)
    }
    first = run.results[0]
    told = read(run.path / FOLDER / f"lr-{first.trial.lr!r}-repeat-0")
    assert [each.step for each in told.Scalars("loss/val")] == [1, 2, 3]
    assert told.Scalars("score")[0].value == pytest.approx(first.score)


def test_a_resume_goes_on_with_tensorboard(tmp_path, monkeypatch):
    """If the run has such files, and the package is there."""
    said = []
    assert not goes_on(tmp_path, said.append)
    (tmp_path / FOLDER).mkdir()
    assert goes_on(tmp_path, said.append)
    assert not said
    monkeypatch.setattr(lrsearch.runs.tensorboard, "find_spec", lambda _: None)
    assert not goes_on(tmp_path, said.append)
    assert "the package tensorboard is not installed, so no more files are written" in said[0]


def test_steps_that_were_trained_again_are_shown_once(tmp_path):
    """What an earlier session wrote of an epoch gives way to the later."""
    told = TensorBoard(print)
    run = run_search(SPEC, runs_dir=tmp_path, listener=listener_of(told))
    again = TensorBoard(print)
    again.started(run, 2)
    (first, *_) = run.results
    again._files._trials = {first.trial.number: first.trial}
    for point in first.points[1:]:
        again.saw(point)
    scalars = read(run.path / FOLDER / f"lr-{first.trial.lr!r}-repeat-0").Scalars("loss/val")
    assert [scalar.step for scalar in scalars] == [1, 2, 3]


def test_a_tracker_that_fails_is_said_once_and_changes_nothing(tmp_path, monkeypatch):
    """A disk that refuses ends the recording, not the search."""

    def refuse(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(lrsearch.runs.tensorboard._Files, "_write", refuse)
    said = []
    run = run_search(SPEC, runs_dir=tmp_path, listener=listener_of(TensorBoard(said.append)))
    assert run.finished
    assert said == ["TensorBoard files are no longer written: OSError: no space left"]


def test_without_the_package(monkeypatch):
    """The extra is named before anything is trained."""
    monkeypatch.setattr(lrsearch.runs.tensorboard, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'lrsearch\[tensorboard\]'"):
        TensorBoard(print)


@pytest.mark.parametrize("linked", ["", "lr-0.1-repeat-0"])
def test_no_link_leads_out_of_the_run(tmp_path, linked):
    """The folder of these files, or a trial's in it, as a link: nothing is written there, and it is said once."""
    run = run_search(SPEC, runs_dir=tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (run.path / FOLDER / linked).parent.mkdir(exist_ok=True)
    (run.path / FOLDER / linked).symlink_to(outside)
    said = []
    tracker = TensorBoard(said.append)
    tracker.started(run, 2)
    for result in run.results:
        tracker.saw(result)
    assert list(outside.iterdir()) == []
    (line,) = said
    assert "symbolic link" in line
