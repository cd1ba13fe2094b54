"""The population engine is held to the reference, and its members to independence."""

import pytest
import torch

from lrsearch.executors import StopSwitch
from lrsearch.plans import Worker
from lrsearch.records import Result, Trial
from lrsearch.spec import make_spec
from lrsearch.training.single import train_single
from lrsearch.training.stacked import train_stacked
from lrsearch.training.workload import open_workload

SMALL = {"dataset": {"name": "synthetic", "shape": [1, 12, 12], "size": 200, "classes": 4}, "batch_size": 20}
SHORT = {**SMALL, "batch_size": 34}
"""Four steps in an epoch, in place of seven."""
MODELS = {"mlp": {}, "cnn": {"width": 0.25}, "convnet": {"depth": 2, "width": 0.125}}
"""The built-in networks that can be stacked, with options that make them quick in float64."""
PRACTICES = {
    "plain": {},
    "momentum": {"optimizer": {"name": "sgd", "momentum": 0.9}},
    "nesterov": {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3}},
    "adam": {"optimizer": {"name": "adam", "weight_decay": 1e-3}},
    "amsgrad": {"optimizer": {"name": "adam", "amsgrad": True}},
    "adamw": {"optimizer": {"name": "adamw", "weight_decay": 0.1}},
    "adagrad": {"optimizer": {"name": "adagrad", "lr_decay": 0.01, "initial_accumulator_value": 0.1}},
    "rmsprop": {"optimizer": "rmsprop"},
    "rmsprop, centered": {"optimizer": {"name": "rmsprop", "centered": True, "momentum": 0.9}},
    "adadelta": {"optimizer": {"name": "adadelta", "weight_decay": 1e-3}},
    "adamax": {"optimizer": "adamax"},
    "nadam": {"optimizer": {"name": "nadam", "weight_decay": 1e-3}},
    "radam": {"optimizer": {"name": "radam", "weight_decay": 1e-3}},
    "step": {"schedule": {"name": "step", "every": 1, "factor": 0.5}},
    "linear, warm-up": {"schedule": "linear", "warmup": 0.3},
    "cosine": {"schedule": {"name": "cosine", "end": 0.1}},
    "plateau": {"schedule": {"name": "plateau", "patience": 0, "factor": 0.5, "threshold": 0.3}},
    "multistep": {"schedule": {"name": "multistep", "milestones": [5, 11], "unit": "steps"}},
    "exponential": {"schedule": {"name": "exponential", "factor": 0.98, "unit": "steps"}},
    "polynomial": {"schedule": "polynomial"},
    "inverse-time": {"schedule": "inverse-time"},
    "cosine-restarts": {"schedule": {"name": "cosine-restarts", "period": 1, "mult": 2}},
    "one-cycle": {"schedule": "one-cycle"},
    "cyclic": {"schedule": {"name": "cyclic", "mode": "triangular2", "step_size": 1}},
    "clipping": {"clip_norm": 0.1},
    "clipping by value": {"clip_value": 0.01},
    "weights alone decay": {
        "weight_decay_on": "weights",
        "optimizer": {"name": "sgd", "momentum": 0.9, "weight_decay": 0.1},
    },
    "accumulation": {"accumulate": 3, "clip_norm": 1.0, "label_smoothing": 0.1},
    "label smoothing": {"label_smoothing": 0.2},
    "class weights": {"class_weights": "balanced", "label_smoothing": 0.1},
}


def trials_of(rates, *, epochs, repeats=(0,)):
    """Trials for each rate and repeat."""
    pairs = [(lr, repeat) for repeat in repeats for lr in rates]
    return tuple(
        Trial(number=i, proposal=i, lr=lr, repeat=repeat, horizon=epochs, until=epochs)
        for i, (lr, repeat) in enumerate(pairs)
    )


def workload_of(dtype=torch.float32, **values):
    """A place of work on one thread."""
    return open_workload(make_spec(values), Worker(threads=1), dtype=dtype)


def as_stack(workload, trials, size=None):
    """Results of a stack, by trial number."""
    events = train_stacked(workload, trials, size or max(2, len(trials)), StopSwitch())
    return {event.trial.number: event for event in events if isinstance(event, Result)}


def one_by_one(workload, trials):
    """Results of the reference, by trial number."""
    return {trial.number: list(train_single(workload, trial, StopSwitch()))[-1] for trial in trials}


def figures(result):
    """All that must agree."""
    names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "grad_norm", "lr")
    return [[getattr(point, name) for name in names] for point in result.points]


def untimed(result):
    """All that must be equal to the bit."""
    metrics = [point.metrics for point in result.points]
    return (result.state, result.score, result.learned, result.correct, result.message, figures(result), repr(metrics))


@pytest.mark.parametrize("practice", PRACTICES)
@pytest.mark.parametrize("model", MODELS)
def test_equals_the_reference_in_float64(model, practice):
    """Sixteen steps at stable rates, to 1e-9, for every optimizer, schedule and practice."""
    network = {"name": model, **MODELS[model]}
    workload = workload_of(torch.float64, data=SHORT, model=network, train={"epochs": 4, **PRACTICES[practice]})
    is_scaled = workload.spec.train.optimizer.name not in {"sgd", "adadelta"}
    trials = trials_of([1e-4, 1e-3] if is_scaled else [1e-3, 1e-2], epochs=4)
    assert 4 * workload.n_steps <= 16
    assert_equal(as_stack(workload, trials), one_by_one(workload, trials))


@pytest.mark.parametrize("norm", ["batch", "group", "none"])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("model", MODELS)
def test_norms_and_dropout_equal_the_reference_in_float64(model, norm, dropout):
    """Members of two repeats, each with the masks of its own; mini-batches of a step have masks of their own too."""
    options = {"name": model, **MODELS[model], "norm": norm, "dropout": dropout}
    workload = workload_of(torch.float64, data=SHORT, model=options, train={"epochs": 2, "accumulate": 2})
    trials = trials_of([1e-3, 1e-2], epochs=2, repeats=(0, 1))
    assert_equal(as_stack(workload, trials), one_by_one(workload, trials))


def assert_equal(stack, single):
    """Every figure of every trial agrees to 1e-9, and every image's answer is the same."""
    assert stack.keys() == single.keys()
    for number, expected in single.items():
        for ours, theirs in zip(figures(stack[number]), figures(expected), strict=True):
            assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
        for ours, theirs in zip(stack[number].points, expected.points, strict=True):
            assert ours.metrics == pytest.approx(theirs.metrics, rel=2e-5)  # kept to six digits
        assert stack[number].correct == expected.correct


@pytest.mark.parametrize("model", ["mlp", "cnn", "convnet"])
def test_one_step_in_float32(model):
    """One step of all images, to 1e-5."""
    data = {**SMALL, "batch_size": 133}
    workload = workload_of(data=data, model=model, train={"epochs": 2})
    trials = trials_of([1e-3, 1e-2], epochs=2)
    single, stack = one_by_one(workload, trials), as_stack(workload, trials)
    for number, expected in single.items():
        first = stack[number].points[0]
        assert first.train_loss == pytest.approx(expected.points[0].train_loss, rel=1e-5)
        assert first.grad_norm == pytest.approx(expected.points[0].grad_norm, rel=1e-4)
        assert first.val_loss == pytest.approx(expected.points[0].val_loss, rel=1e-4)


def test_repeats_are_further_members():
    """Members of several repeats see the weights and images of their own."""
    workload = workload_of(torch.float64, data={**SMALL, "augment": "flip-crop"}, model="cnn", train={"epochs": 2})
    trials = trials_of([1e-3, 1e-2], epochs=2, repeats=(0, 1, 2))
    assert_equal(as_stack(workload, trials), one_by_one(workload, trials))


@pytest.mark.parametrize(
    "model",
    [
        *({"name": name, **options} for name, options in MODELS.items()),
        {"name": "mlp", "dropout": 0.5, "norm": "batch"},
    ],
)
def test_a_member_sees_the_same_numbers_whoever_else_is_in_it(model):
    """To the bit: other rates, other places in the stack, padding, a member that diverges at once."""
    workload = workload_of(data=SMALL, model=model, train={"epochs": 3})
    rates = [1e-3, 3e-3, 1e-2, 3e-2]
    trials = trials_of(rates, epochs=3)
    together = as_stack(workload, trials)
    turned = as_stack(workload, tuple(reversed(trials)))
    padded = as_stack(workload, trials[1:3], size=4)
    (wild,) = trials_of([1e30], epochs=3)
    beside_wild = as_stack(workload, (trials[0], trials[1], _numbered(wild, 9), trials[3]))
    assert beside_wild[9].state == "diverged"
    for number in (1, 2):
        assert untimed(turned[number]) == untimed(padded[number]) == untimed(together[number])
    for number in (0, 1, 3):
        assert untimed(beside_wild[number]) == untimed(together[number])


def _numbered(trial, number):
    return Trial(number=number, proposal=number, lr=trial.lr, horizon=trial.horizon, until=trial.until)


def test_a_member_that_diverges_names_its_own_step():
    """The others go on to their end."""
    workload = workload_of(data=SMALL, model="mlp", train={"epochs": 3})
    trials = trials_of([1e-2, 1e20], epochs=3)
    stack = as_stack(workload, trials)
    assert stack[0].state == "ok"
    assert len(stack[0].points) == 3
    assert stack[1].state == "diverged"
    assert "was not finite at step" in stack[1].message


def test_early_stopping_is_each_members_own():
    """A member that stops is recorded at once; the stack goes on for the others, who are not changed by it."""
    values = {"epochs": 12, "early_stopping": {"patience": 1}}
    workload = workload_of(torch.float64, data=SMALL, model="mlp", train=values)
    trials = trials_of([1e-3, 0.3, 0.5], epochs=12)
    single, stack = one_by_one(workload, trials), as_stack(workload, trials)
    lengths = {number: len(result.points) for number, result in single.items()}
    assert {number: len(result.points) for number, result in stack.items()} == lengths
    assert len(set(lengths.values())) > 1
    for number, expected in single.items():
        assert stack[number].scored_epoch == expected.scored_epoch
        assert stack[number].score == expected.score


def test_stops_at_the_next_step():
    """Told to stop, nothing more is yielded."""
    workload = workload_of(data=SMALL, train={"epochs": 5})
    stop = StopSwitch()
    events = train_stacked(workload, trials_of([1e-3, 1e-2], epochs=5), 2, stop)
    next(events)
    stop.stop()
    assert not any(isinstance(event, Result) for event in events)
