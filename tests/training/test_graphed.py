"""The graph engine is held to the reference. On a CPU its steps run as plain code, with all that the device counts.

`tests/gpu` repeats this on a GPU, where the steps are recorded.
"""

import pytest
import torch

from lrsearch.executors import StopSwitch
from lrsearch.plans import Worker
from lrsearch.records import Point, Result, Trial
from lrsearch.spec import make_spec
from lrsearch.training.graphed import train_graphed
from lrsearch.training.single import train_single
from lrsearch.training.workload import open_workload

SMALL = {"dataset": {"name": "synthetic", "shape": [1, 12, 12], "size": 200, "classes": 4}, "batch_size": 20}
NARROW = {"name": "cnn", "width": 0.25}


def workload_of(dtype=torch.float64, **values):
    return open_workload(make_spec({"data": SMALL, "model": NARROW, **values}), Worker(threads=1), dtype=dtype)


def trials_of(*rates, epochs, repeats=(0,)):
    pairs = [(lr, repeat) for repeat in repeats for lr in rates]
    return tuple(
        Trial(number=i, proposal=i, lr=lr, repeat=repeat, horizon=epochs, until=epochs)
        for i, (lr, repeat) in enumerate(pairs)
    )


def results_of(events):
    return {event.trial.number: event for event in events if isinstance(event, Result)}


def graphed(workload, trials):
    return results_of(train_graphed(workload, trials, len(trials), StopSwitch()))


def one_by_one(workload, trials):
    return {trial.number: list(train_single(workload, trial, StopSwitch()))[-1] for trial in trials}


def facts(result):
    """All that must be equal to the bit."""
    points = [
        (p.train_loss, p.train_accuracy, p.val_loss, p.val_accuracy, p.lr, p.grad_norm, p.metrics)
        for p in result.points
    ]
    return result.state, result.message, result.score, result.scored_epoch, result.learned, result.correct, points


@pytest.mark.parametrize(
    "values",
    [
        {"train": {"optimizer": {"name": "sgd", "momentum": 0.9, "dampening": 0.5}, "schedule": "cosine"}},
        {"train": {"optimizer": "adam", "schedule": "one-cycle", "clip_norm": 0.1}},
        {"train": {"optimizer": {"name": "adamw"}, "weight_decay_on": "weights", "warmup": 0.3}},
        {"train": {"optimizer": "radam", "schedule": {"name": "plateau", "patience": 0, "threshold": 0.3}}},
        {"train": {"optimizer": "asgd", "clip_value": 0.01}},
        {"train": {"accumulate": 3, "label_smoothing": 0.1}, "data": {**SMALL, "batch_size": 17}},
        {"model": {**NARROW, "dropout": 0.5, "norm": "batch"}, "data": {**SMALL, "augment": "flip-crop"}},
        {"model": {"name": "mlp", "dropout": 0.5, "norm": "group"}},
        {"model": {"name": "convnet", "width": 0.25}},
        {"data": {**SMALL, "batch_size": 134}},
    ],
    ids=lambda values: " ".join(str(value) for value in values.values()),
)
def test_equals_the_reference_to_the_bit(values):
    """Trials of two repeats, whose steps are counted, scaled and fetched on the device."""
    train = {"epochs": 3, **values.get("train", {})}
    workload = workload_of(**{**values, "train": train})
    trials = trials_of(1e-3, 1e-2, epochs=3, repeats=(0, 1))
    found, expected = graphed(workload, trials), one_by_one(workload, trials)
    assert {number: facts(result) for number, result in found.items()} == {
        number: facts(result) for number, result in expected.items()
    }


def test_a_trial_that_diverges_leaves_the_others_alone():
    """Its message names its own step, counted over all epochs, and the others are not changed."""
    workload = workload_of(train={"epochs": 3, "optimizer": {"name": "sgd", "momentum": 0.9}})
    trials = trials_of(1e-2, 1e100, epochs=3)
    found, expected = graphed(workload, trials), one_by_one(workload, trials)
    assert found[1].state == expected[1].state == "diverged"
    assert found[1].message == expected[1].message
    assert facts(found[0]) == facts(expected[0])


def test_a_trial_that_stops_early_trains_no_more():
    """The others go on; once it has ended, its network stands still."""
    workload = workload_of(model="mlp", train={"epochs": 12, "early_stopping": {"patience": 1}})
    trials = trials_of(1e-3, 0.3, 0.5, epochs=12)
    found, expected = graphed(workload, trials), one_by_one(workload, trials)
    lengths = {number: len(result.points) for number, result in found.items()}
    assert len(set(lengths.values())) > 1
    assert {number: facts(result) for number, result in found.items()} == {
        number: facts(result) for number, result in expected.items()
    }


class _Memory:
    """Checkpoints in memory: saved after every epoch."""

    keeps_last = False

    def __init__(self):
        self.saved = {}

    def due(self):
        return True

    def save(self, entries):
        self.saved.update({trial.number: (content, state) for trial, content, state in entries})

    def load(self, trial):
        return iter([self.saved[trial.number]] if trial.number in self.saved else [])


@pytest.mark.parametrize("optimizer", [{"name": "sgd", "momentum": 0.9}, "adam", "nadam"])
def test_goes_on_from_a_checkpoint_to_the_bit(optimizer):
    """Also from one that the reference engine has saved."""
    workload = workload_of(torch.float32, train={"epochs": 4, "optimizer": optimizer, "schedule": "cosine"})
    trials = trials_of(1e-3, 1e-2, epochs=4)
    whole = graphed(workload, trials)
    for begin in (lambda kept: train_graphed(workload, trials, 2, StopSwitch(), kept), None):
        kept = _Memory()
        if begin is None:
            for trial in trials:
                _train_two_epochs(train_single(workload, trial, StopSwitch(), kept))
        else:
            _train_two_epochs(begin(kept), n_trials=2)
        resumed = results_of(train_graphed(workload, trials, 2, StopSwitch(), kept))
        assert {number: facts(result) for number, result in resumed.items()} == {
            number: facts(result) for number, result in whole.items()
        }


def _train_two_epochs(events, n_trials=1):
    """Take the points of two epochs, and the first of the third: by then the checkpoint is saved."""
    for n, event in enumerate(events):
        assert isinstance(event, Point)
        if n == 2 * n_trials:
            return


def test_stops_at_the_next_step():
    """Told to stop, nothing more is yielded."""
    stop = StopSwitch()
    events = train_graphed(workload_of(train={"epochs": 5}), trials_of(1e-3, 1e-2, epochs=5), 2, stop)
    next(events)
    stop.stop()
    assert not any(isinstance(event, Result) for event in events)
