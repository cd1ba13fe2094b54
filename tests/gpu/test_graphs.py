"""On a CUDA GPU: trials whose steps are recorded as graphs equal the reference. Without a GPU, nothing to test.

python -m pytest tests/gpu
"""

import pytest
import torch

from lrsearch.executors import StopSwitch
from lrsearch.plans import Worker
from lrsearch.records import Result, Trial
from lrsearch.spec import make_spec
from lrsearch.training.graphed import train_graphed
from lrsearch.training.single import train_single
from lrsearch.training.workload import open_workload

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")

SMALL = {"dataset": {"name": "synthetic", "shape": [1, 12, 12], "size": 200, "classes": 4}, "batch_size": 20}
MODELS = {"mlp": {}, "cnn": {"width": 0.25}, "convnet": {"width": 0.25}}
PRACTICES = {
    "momentum": {"optimizer": {"name": "sgd", "momentum": 0.9, "dampening": 0.1}},
    "nesterov": {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3}},
    "adam": {"optimizer": {"name": "adam", "weight_decay": 1e-3}},
    "amsgrad": {"optimizer": {"name": "adam", "amsgrad": True}},
    "adamw": {"optimizer": {"name": "adamw", "weight_decay": 0.1}, "weight_decay_on": "weights"},
    "rmsprop": {"optimizer": {"name": "rmsprop", "centered": True, "momentum": 0.9}},
    "adadelta": {"optimizer": {"name": "adadelta", "weight_decay": 1e-3}},
    "adamax": {"optimizer": "adamax"},
    "nadam": {"optimizer": {"name": "nadam", "weight_decay": 1e-3}},
    "radam": {"optimizer": {"name": "radam", "weight_decay": 1e-3}},
    "asgd": {"optimizer": "asgd"},
    "cosine, warm-up": {"schedule": "cosine", "warmup": 0.3},
    "plateau": {"schedule": {"name": "plateau", "patience": 0, "factor": 0.5, "threshold": 0.3}},
    "clipping": {"clip_norm": 0.1},
    "clipping by value": {"clip_value": 0.01},
    "accumulation": {"accumulate": 3, "label_smoothing": 0.1},
}


def workload_of(**values):
    return open_workload(make_spec(values), Worker(device="cuda:0"), dtype=torch.float64)


def figures(result):
    names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "grad_norm", "lr")
    return [[getattr(point, name) for name in names] for point in result.points]


def assert_equal(workload, *, repeats=(0,)):
    """All figures of all epochs, to 1e-5: a GPU reads the rate as float32, and adds up in an order of its own.

    Less for nadam and radam: on a GPU they compute the size of a step as float32. That of radam is a small difference
    of large numbers, so a few images near the border between two classes may be answered otherwise.
    """
    tolerance = {"nadam": 1e-4, "radam": 1e-2}.get(workload.spec.train.optimizer.name, 1e-5)
    accuracy = 0.05 if workload.spec.train.optimizer.name == "radam" else 0.0
    epochs = workload.spec.train.epochs
    pairs = [(lr, repeat) for repeat in repeats for lr in (2.0**-10, 2.0**-7)]
    trials = tuple(
        Trial(number=i, proposal=i, lr=lr, repeat=repeat, horizon=epochs, until=epochs)
        for i, (lr, repeat) in enumerate(pairs)
    )
    events = train_graphed(workload, trials, len(trials), StopSwitch())
    found = {event.trial.number: event for event in events if isinstance(event, Result)}
    for trial in trials:
        expected = list(train_single(workload, trial, StopSwitch()))[-1]
        assert len(found[trial.number].points) == epochs
        for ours, theirs in zip(figures(found[trial.number]), figures(expected), strict=True):
            assert ours == pytest.approx(theirs, rel=tolerance, abs=accuracy)
        for ours, theirs in zip(found[trial.number].points, expected.points, strict=True):
            assert ours.metrics == pytest.approx(theirs.metrics, rel=10 * tolerance, abs=accuracy)


@pytest.mark.parametrize("practice", PRACTICES)
@pytest.mark.parametrize("model", MODELS)
def test_equals_the_reference(model, practice):
    """Most steps are replays of a graph: 7 steps in each of 4 epochs."""
    network = {"name": model, **MODELS[model]}
    assert_equal(workload_of(data=SMALL, model=network, train={"epochs": 4, **PRACTICES[practice]}))


@pytest.mark.parametrize("model", MODELS)
def test_dropout_and_augmentation_equal_the_reference(model):
    """Trials of two repeats, with masks, flips and shifts of their own, and an odd last batch."""
    network = {"name": model, **MODELS[model], "norm": "batch", "dropout": 0.4}
    data = {**SMALL, "augment": "flip-crop", "batch_size": 17}
    assert_equal(workload_of(data=data, model=network, train={"epochs": 4, "accumulate": 2}), repeats=(0, 1))
