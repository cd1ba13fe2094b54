"""Class weights: the same weighted training loss in every engine, and plain losses on the screen."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from lrsearch.errors import DataError, UsageError
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Given, Listener
from lrsearch.plans import Worker
from lrsearch.records import Result, Trial
from lrsearch.runs import load_run, resume_run, run_search
from lrsearch.spec import make_spec
from lrsearch.training.class_weights import balanced_weights, class_weights_decision
from lrsearch.training.graphed import train_graphed
from lrsearch.training.setup import prepare
from lrsearch.training.single import SingleTraining, train_single
from lrsearch.training.stacked import train_stacked
from lrsearch.training.workload import open_workload

COUNTS = (90, 20, 10)  # of training images; a validation image of each class in ten


def skewed(seed=0, noise=40):
    """Images of 8x8 with a bright row for each class, in unequal numbers."""
    draw = np.random.default_rng(seed)

    def part(share):
        y = np.repeat(np.arange(3), [count // share for count in COUNTS])
        x = draw.integers(0, noise, (len(y), 8, 8), dtype=np.uint8)
        x[np.arange(len(y)), 2 * y] += 60
        return x, y

    (x_train, y_train), (x_val, y_val) = part(1), part(5)
    return {"x_train": x_train, "y_train": y_train, "x_val": x_val, "y_val": y_val}


DATA = skewed()


def workload_of(dtype=torch.float64, model=None, **train):
    """A place of work on one thread with the skewed data."""
    values = {
        "data": {"batch_size": 24},
        "model": model or {"name": "mlp", "hidden": [16]},
        "train": {"epochs": 3, "class_weights": "balanced", **train},
    }
    return open_workload(make_spec(values), Worker(threads=1), dtype=dtype, given=Given(data=DATA))


def trials_of(*rates, repeats=(0,)):
    """Trials of three epochs."""
    pairs = [(lr, repeat) for repeat in repeats for lr in rates]
    return tuple(
        Trial(number=i, proposal=i, lr=lr, repeat=repeat, horizon=3, until=3) for i, (lr, repeat) in enumerate(pairs)
    )


def results_of(events):
    """Results by trial number."""
    return {event.trial.number: event for event in events if isinstance(event, Result)}


def figures(result):
    """All that must agree."""
    return [[p.train_loss, p.train_accuracy, p.val_loss, p.val_accuracy, p.grad_norm] for p in result.points]


def test_a_class_weighs_what_scikit_learn_gives_it():
    """N / (classes * n_class); the mean over images is 1."""
    weights = balanced_weights(COUNTS)
    assert weights == pytest.approx([120 / 270, 2.0, 4.0])
    assert sum(weight * count for weight, count in zip(weights, COUNTS, strict=True)) == pytest.approx(120)
    assert workload_of().class_weights.tolist() == pytest.approx(weights)
    assert workload_of(class_weights=None).class_weights is None


@pytest.mark.parametrize("train", [{}, {"label_smoothing": 0.2}, {"accumulate": 2, "clip_norm": 0.1}])
@pytest.mark.parametrize("model", [{"name": "mlp", "hidden": [16]}, {"name": "cnn", "width": 0.25, "norm": "batch"}])
def test_every_engine_trains_alike_in_float64(model, train):
    """To 1e-9: a stack with members of two repeats, lanes as a GPU has them, and one trial at a time."""
    workload = workload_of(model=model, **train)
    trials = trials_of(0.01, 0.1, repeats=(0, 1))
    single = {trial.number: list(train_single(workload, trial, StopSwitch()))[-1] for trial in trials}
    stacked = results_of(train_stacked(workload, trials, 4, StopSwitch()))
    graphed = results_of(train_graphed(workload, trials, 4, StopSwitch()))
    for number, expected in single.items():
        for ours in (stacked[number], graphed[number]):
            for a, b in zip(figures(ours), figures(expected), strict=True):
                assert a == pytest.approx(b, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_gradient_is_that_of_the_weighted_loss_of_torch(smoothing):
    """The displayed loss is the plain one."""
    workload = workload_of(label_smoothing=smoothing)
    training = SingleTraining(workload, trials_of(0.1)[0])
    training.begin_epoch(1)
    ((x, y),) = training.batches.step(0)
    logits = training.model(x)
    weights = torch.tensor(balanced_weights(COUNTS), dtype=torch.float64)
    loss = cross_entropy(logits, y, weight=weights, label_smoothing=smoothing)
    expected = torch.autograd.grad(loss, training.parameters)
    training._add_gradients(x, y, 0, share=1.0)
    for parameter, gradient in zip(training.parameters, expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)
    assert float(training.loss_sum) == pytest.approx(cross_entropy(logits, y).item() * len(y))


def test_equal_classes_have_no_weights():
    """Weights of 1 change nothing but the last bits."""
    even = {key: values.copy() for key, values in DATA.items()}
    even["y_train"] = np.arange(120) % 3
    found = []
    for weights in ("balanced", None):
        spec = make_spec({"data": {"batch_size": 24}, "train": {"epochs": 3, "class_weights": weights}})
        workload = open_workload(spec, Worker(threads=1), dtype=torch.float64, given=Given(data=even))
        found.append(list(train_single(workload, trials_of(0.1)[0], StopSwitch()))[-1])
    for a, b in zip(*map(figures, found), strict=True):
        assert a == pytest.approx(b, rel=1e-9)


def test_rare_classes_gain():
    """Where the common class drowns them, weights raise the balanced accuracy."""
    found = {}
    for weights in ("balanced", None):
        workload = workload_of(class_weights=weights, optimizer="sgd")
        result = list(train_single(workload, trials_of(0.02)[0], StopSwitch()))[-1]
        found[weights] = result.points[-1].metrics["balanced_accuracy"]
    assert found["balanced"] > found[None] + 0.1


def test_the_plan_counts_the_classes(tmp_path):
    """In run.json, and in a line before training; a resume may not change the key."""
    lines = []
    values = {"data": {"batch_size": 24}, "train": {"epochs": 1, "class_weights": "balanced"}}
    spec = make_spec({**values, "search": {"lr": [0.1, 0.01]}})
    run = run_search(spec, data=DATA, runs_dir=tmp_path, listener=Listener(note=lines.append))
    assert "120 training images by class: 0: 90, 1: 20, 2: 10" in lines[-1]
    (line,) = [line for line in lines if line.startswith("class weights: balanced (")]
    assert load_run(run.path).manifest.plan.class_weights.value == "balanced"
    assert load_run(run.path).manifest.plan.class_weights.reason in line
    plain = prepare(make_spec({"data": {"batch_size": 24}}), given=Given(data=DATA))
    assert "class_weights" not in plain.plan.decisions
    with pytest.raises(UsageError, match=r"train.class_weights"):
        resume_run(run.path, spec=make_spec({**values, "train": {"epochs": 1}}), data=DATA, runs_dir=tmp_path)


def test_a_class_without_a_training_image_is_refused():
    """It would have an endless weight."""
    for refused in (balanced_weights, class_weights_decision):
        with pytest.raises(DataError, match=r"^train.class_weights: class 1 has no training image, so it has no"):
            refused([3, 0, 2])


@pytest.mark.usefixtures("bare_trainer")
def test_a_training_without_classes_is_refused(tmp_path):
    """In one line, before a folder is made."""
    spec = make_spec({"train": {"class_weights": "balanced"}})
    with pytest.raises(UsageError, match=r"^train.class_weights: train.py has no classes that could be weighted; rem"):
        run_search(spec, runs_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []
    arms = make_spec({"arms": {"a": {"train.class_weights": "balanced"}, "b": {"train.epochs": 1}}})
    with pytest.raises(UsageError, match=r"^arms.a: train.class_weights: train.py"):
        run_search(arms, runs_dir=tmp_path)


def test_weights_of_many_classes_are_counted_in_short():
    """Twenty at the most are named."""
    assert class_weights_decision([1] * 100).reason.endswith("19: 1 and 80 more")
    assert math.isclose(balanced_weights([1] * 100)[0], 1.0)
