"""The loop over epochs, with an engine that only counts."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from lrsearch.executors import StopSwitch
from lrsearch.records import Point, Result, Trial
from lrsearch.spec import make_spec
from lrsearch.store import CheckpointFolder
from lrsearch.training.epoch_loop import train_epochs
from lrsearch.training.step_metrics import StepSummary
from lrsearch.training.trial_progress import EpochSums, Evaluation, TrialProgress

DATA = SimpleNamespace(y_val=torch.tensor([0, 1]), target_scale=None)
WORKLOAD = SimpleNamespace(spec=make_spec({}), data=DATA, n_steps=2, untrained_loss=lambda repeat: 0.7 + repeat)


class CountingEngine:
    """An engine of K members whose losses become infinite at the given steps; it remembers what it was asked."""

    def __init__(self, bad_steps, answer=1):
        self._answer = answer  # to the second image
        self.workload, self.step = WORKLOAD, 0
        self._bad_steps = bad_steps
        self.asked = []

    def begin_epoch(self, epoch):
        self.asked.append(f"epoch {epoch}")

    def end(self, _):
        """Nothing to free."""

    def train_step(self, _):
        self.step += 1

    def bad_steps(self):
        return [None if bad is None or bad >= self.step else bad for bad in self._bad_steps]

    def sums(self):
        return [EpochSums(0.1, 4, 4, 0.1, StepSummary(1.0, {})) for _ in self._bad_steps]

    def evaluate(self):
        self.asked.append("validation")
        return [Evaluation(torch.tensor([0, self._answer]), torch.tensor([0.1, 0.3])) for _ in self._bad_steps]

    def set_plateaus(self, plateaus):
        self.asked.append(plateaus)

    def checkpoint_tensors(self, k):
        return {"model.weight": torch.tensor([float(k)])}

    def restore(self, states):
        self.step = states[0].step
        self.asked.append([float(state.tensors["model.weight"]) for state in states])


def trials(n, until=2):
    """Some trials of one stack."""
    return tuple(Trial(number=k, proposal=k, lr=0.1 * (k + 1), horizon=until, until=until) for k in range(n))


def run(engine, stack, checkpoints=None, stop=None):
    """All events."""
    return list(train_epochs(WORKLOAD, stack, lambda: engine, stop or StopSwitch(), checkpoints))


def test_each_epoch_is_trained_validated_and_recorded():
    """Points come by epoch, and a member's result right behind its last point."""
    engine = CountingEngine([None, None])
    events = run(engine, trials(2))
    kinds = [(type(event), event.trial if isinstance(event, Point) else event.trial.number) for event in events]
    assert kinds == [(Point, 0), (Point, 1), (Point, 0), (Result, 0), (Point, 1), (Result, 1)]
    assert engine.asked == ["epoch 1", "validation", [1.0, 1.0], "epoch 2", "validation", [1.0, 1.0]]


def test_a_result_tells_what_was_right_and_learned():
    """A network that is right everywhere has learned; one that answers the same for both images has not."""
    (result,) = [event for event in run(CountingEngine([None]), trials(1)) if isinstance(event, Result)]
    assert (result.score, result.correct, result.learned, result.untrained_loss) == (1.0, b"\xc0", True, None)
    assert result.points[-1].val_loss == pytest.approx(0.2)
    (result,) = [event for event in run(CountingEngine([None], answer=0), trials(1)) if isinstance(event, Result)]
    assert (result.score, result.correct, result.learned, result.untrained_loss) == (0.5, b"\x80", False, 0.7)


def test_a_member_below_its_bound_ends_alone():
    """It is pruned with its score; the others go on, also one that is exactly at its bound."""
    bounds = [{1: 0.6}, {1: 0.5}, {2: 0.9}, {}]
    stack = tuple(replace(trial, stop_below=each) for trial, each in zip(trials(4), bounds, strict=True))
    engine = CountingEngine([None] * 4, answer=0)  # right for one image of two
    results = [event for event in run(engine, stack) if isinstance(event, Result)]
    pruned = results[0]
    assert (pruned.trial.number, pruned.state, pruned.score, pruned.scored_epoch) == (0, "pruned", 0.5, 1)
    assert pruned.message == "after epoch 1, 0.5000 is below 0.6000"
    assert pruned.is_final
    assert not pruned.is_candidate
    assert [(result.state, len(result.points)) for result in results[1:]] == [("ok", 2)] * 3


def test_a_member_that_diverges_ends_alone():
    """The other one goes on; the first names its step."""
    first, *_, last = [event for event in run(CountingEngine([1, None]), trials(2)) if isinstance(event, Result)]
    assert (first.trial.number, first.state, first.message) == (
        0,
        "diverged",
        "the loss was not finite at step 2 (epoch 1)",
    )
    assert (last.trial.number, last.state, len(last.points)) == (1, "ok", 2)


def test_nothing_is_validated_once_all_have_diverged():
    """Their results need no validation."""
    engine = CountingEngine([0, 1])
    assert [event.state for event in run(engine, trials(2))] == ["diverged", "diverged"]
    assert "validation" not in engine.asked


def test_a_checkpoint_of_an_earlier_version_is_restored():
    """It has the main metrics beside the others, and does not tell whether the scored epoch had learned."""
    (trial,) = trials(1)
    main = {"train_loss": 0.5, "train_accuracy": 0.7, "val_loss": 0.6, "val_accuracy": 0.5, "grad_norm": 1.0}
    old = {"trial": 5, "epoch": 1, "lr": 0.1, "seconds": 0.2, **main, "metrics": {"weight_norm": 2.0}}
    keeper = {"epoch": 1, "correct": "80", "lowest_loss": None, "without_gain": 0}
    progress = TrialProgress(trial, WORKLOAD.spec, DATA.y_val, WORKLOAD.untrained_loss)
    progress.restore({"points": [old], "keeper": keeper, "seconds": 1.0})
    metrics = {**main, "weight_norm": 2.0}
    (point,) = progress.state()["points"]
    assert point == {"trial": 0, "epoch": 1, "lr": 0.1, "seconds": 0.2, "metrics": metrics}
    assert progress.state()["keeper"] == {**keeper, "learned": None}


def test_a_stack_goes_on_from_its_checkpoints(tmp_path):
    """Those of the last whole epoch; trials of different epochs cannot be one stack."""
    checkpoints, stop = CheckpointFolder(tmp_path, 0.0), StopSwitch()
    stack = trials(2, until=3)
    events = train_epochs(WORKLOAD, stack, lambda: CountingEngine([None, None]), stop, checkpoints)
    for event in events:
        if event.trial == 1 and event.epoch == 2:
            stop.stop()  # after the checkpoint of the second epoch
    engine = CountingEngine([None, None])
    results = [event for event in run(engine, stack, checkpoints) if isinstance(event, Result)]
    assert engine.asked[:3] == [[0.0, 1.0], [1.0, 1.0], "epoch 3"]
    assert [len(result.points) for result in results] == [3, 3]
    with pytest.raises(ValueError, match="the same epoch"):
        run(CountingEngine([None] * 3), trials(3, until=3), checkpoints)
