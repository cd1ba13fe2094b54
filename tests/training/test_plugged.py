"""Networks, data, losses and the like of plugins train as built-in ones do."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

from lrsearch.catalog import entries_of_plugins, remove_entries
from lrsearch.data import open_split, open_test, with_validation
from lrsearch.errors import DataError, UsageError
from lrsearch.interfaces import NOTHING_GIVEN
from lrsearch.optim.optimizers import set_rate
from lrsearch.plans import Worker
from lrsearch.plugins import PluginError, load_plugins, loading
from lrsearch.records import Result, Trial
from lrsearch.spec import make_spec
from lrsearch.training.plugged_network import obstacle_to_stack
from lrsearch.training.setup import prepare
from lrsearch.training.single import SingleTraining
from lrsearch.training.torch_trainer import make_trainer
from lrsearch.training.workload import open_workload

PLUGIN = """
import random
import lrsearch
import numpy as np
import torch
from torch import nn


class Waves(torch.utils.data.Dataset):
    def __init__(self, n, seed=0, named=False, bad=None):
        draw = np.random.default_rng(seed)
        self.y = draw.integers(0, 3, n)
        self.x = (draw.normal(size=(n, 2, 6)) + self.y[:, None, None]).astype(np.float32)
        self.bad = bad
        if named:
            self.targets = self.y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, index):
        if index == self.bad:
            raise KeyError("no file")
        noise = random.random() + np.random.random() + float(torch.rand(()))
        return torch.from_numpy(self.x[index]) + noise, self.y[index]


@lrsearch.dataset
def waves(*, named: bool = False, pair: bool = False, bad: int = -1):
    whole = Waves(90, 0, named, bad)
    return (whole, Waves(30, 1)) if pair else whole


@lrsearch.dataset
def rows(*, whole: bool = False):
    y = np.arange(90) % 3
    x = np.random.default_rng(0).normal(size=(90, 2, 6)) + y[:, None, None]
    return {"x_train": (x * 9).round().astype(np.int32) if whole else torch.tensor(x), "y_train": y}


@lrsearch.dataset
def wrong(*, what: str = "none"):
    x, y = np.zeros((9, 4)), np.arange(9) % 2
    return {
        "none": None,
        "number": 3,
        "key": {"x_train": x, "y_train": y, "x_tst": x},
        "labels": {"x_train": x, "y_train": x},
        "numbers": {"x_train": x, "y_train": y / 2},
        "floats": [list(zip(torch.tensor(x), y + 0.5))],
        "lengths": {"x_train": x[1:], "y_train": y},
        "nan": {"x_train": x * np.nan, "y_train": y},
        "class": {"x_train": x, "y_train": y + 1},
        "item": [list(range(9))],
        "scalar": [[(1.0, 0), (1.0, 1)]],
    }[what]


@lrsearch.dataset(task="regression")
def curve(*, form: str = "arrays"):
    draw = np.random.default_rng(0)
    x = draw.uniform(-3, 3, (160, 2)).astype(np.float32)
    y = 100 + 20 * np.sin(x[:, 0])
    if form == "images":
        x = draw.integers(0, 256, (160, 4, 4), dtype=np.uint8)
        return {"x_train": x, "y_train": x.mean((1, 2))}
    if form in {"nan", "same"}:
        y = y * np.nan if form == "nan" else np.ones(160)
    if form == "dataset":
        pairs = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
        return [torch.utils.data.Subset(pairs, range(i, i + 50)) for i in (0, 50, 100)]
    return {"x_train": x[:100], "y_train": y[:100], "x_test": x[100:], "y_test": y[100:]}


@lrsearch.dataset
def tested():
    x, y = np.zeros((90, 4)), np.arange(90) % 2
    return {"x_train": x, "y_train": y, "x_test": np.zeros((9, 5)), "y_test": np.ones(9, int)}


@lrsearch.loss
def distances(outputs, targets):
    assert outputs.shape == targets.shape
    return (outputs - targets).abs()


@lrsearch.metric(goal="min")
def furthest(targets, predictions):
    return abs(targets - predictions).max()


@lrsearch.model
def net(shape, classes, *, width: int = 8, kind: str = "plain"):
    size = torch.Size(shape).numel()
    layers = [nn.Flatten(), nn.Linear(size, width), nn.ReLU(), nn.Linear(width, classes)]
    if kind == "dropout":
        layers.insert(3, nn.Dropout(0.5))
    if kind == "frozen":
        layers[1].requires_grad_(False)
    if kind == "outputs":
        layers.pop()
    if kind == "forward":
        layers[1] = nn.Linear(1, 2)
    if kind == "raises":
        raise ValueError("no such kind")
    return nn.Sequential(*layers) if kind != "none" else None


@lrsearch.model
def grouped(shape, classes):
    return net(shape, classes)


@lrsearch.parameter_groups(grouped)
def halves(network, *, body: float = 0.1, missing: bool = False):
    head = {"params": network[3].parameters()}
    return [head] if missing else [head, {"params": network[1].parameters(), "lr_factor": body}]


@lrsearch.optimizer
def plain(parameters, lr, *, weight_decay: float = 0.0, none: bool = False):
    return None if none else torch.optim.SGD(parameters, lr, weight_decay=weight_decay)


@lrsearch.schedule
def hill(step, total_steps, steps_per_epoch, *, low: float = 0.5):
    return low + (1 - low) * step / total_steps


@lrsearch.loss
def squares(outputs, targets, *, each: bool = True, cut: bool = False):
    outputs = outputs.detach() if cut else outputs
    found = (outputs - nn.functional.one_hot(targets, outputs.shape[1])).square().sum(1)
    return found if each else outputs


@lrsearch.metric(goal="min", scale="share")
def misses(targets, predictions, *, of: int = -1):
    return float("nan") if of == 9 else (targets != predictions).mean()
"""


@pytest.fixture(scope="module", autouse=True)
def _plugin(tmp_path_factory):
    path = tmp_path_factory.mktemp("plugin") / "mine.py"
    path.write_text(PLUGIN)
    before = list(sys.path)
    load_plugins([path])
    yield path
    sys.path[:] = before
    remove_entries(entries_of_plugins())
    loading.forget_plugins()


def spec_of(data="rows", model="net", **keys):
    """A spec of two epochs."""
    dataset = data if isinstance(data, dict) else {"name": data}
    train = {"epochs": 2, **keys.pop("train", {})}
    return make_spec(
        {
            "data": {"dataset": dataset, "batch_size": 16},
            "model": model,
            "train": train,
            "run": {"device": "cpu"},
            **keys,
        }
    )


def train(spec, n_at_once=2, **worker):
    """The results of two rates, and the plan."""
    setup = prepare(spec, n_at_once)
    stack = tuple(Trial(number=k, proposal=k, lr=lr, horizon=2, until=2) for k, lr in enumerate((0.1, 0.2)))
    trainer = make_trainer(setup.spec, Worker(fingerprint=setup.task.fingerprint, stack_size=2, **worker))
    events = list(trainer(stack, NeverStops()))
    return [event for event in events if isinstance(event, Result)], setup


class NeverStops:
    """A context."""

    memory_share = 1.0

    def should_stop(self):
        """No."""
        return False


def test_a_stack_trains_as_each_network_alone():
    """A plain network is stacked, and the plan says so; its scores are those of one network at a time."""
    together, setup = train(spec_of())
    alone, other = train(spec_of(run={"engine": "single", "device": "cpu"}))
    assert (setup.plan.engine.value, other.plan.engine.value) == ("population", "single")
    assert [r.score for r in together] == [r.score for r in alone]
    losses = [[point.val_loss for result in results for point in result.points] for results in (together, alone)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"model": {"name": "net", "kind": "dropout"}}, "it draws random numbers, such as those of a dropout"),
        ({"model": {"name": "net", "kind": "frozen"}}, "some of its weights are frozen"),
        ({"model": "grouped"}, "it has groups of parameters"),
        ({"train": {"loss": "squares"}}, "the loss 'squares' of a plugin trains one network at a time"),
        ({"train": {"optimizer": "plain"}}, "plain cannot be stacked, because it comes from a plugin"),
        ({"data": "waves"}, "a stack needs all examples in memory, and a Dataset loads them one by one"),
    ],
)
def test_what_cannot_be_stacked_trains_alone(keys, reason):
    """And the plan says why."""
    plan = prepare(spec_of(**keys), 4).plan
    assert plan.engine.value == "single"
    assert reason in plan.engine.reason


class Branching(nn.Module):
    """A network whose path depends on its numbers."""

    def __init__(self):
        super().__init__()
        self.line = nn.Linear(4, 3)

    def forward(self, x):
        """(B, 4) -> (B, 3)."""
        y = self.line(x)
        return y if y.sum() > 0 else -y


class Normed(nn.Module):
    """A network with a BatchNorm, and with a layer that it uses twice."""

    def __init__(self, *, is_shared=False):
        super().__init__()
        self.norm, self.line = nn.BatchNorm1d(4), nn.Linear(4, 4)
        if is_shared:
            self.again = self.line

    def forward(self, x):
        """(B, 4) -> (B, 4)."""
        return self.line(torch.relu(self.line(self.norm(x))))


def test_the_stack_is_tried():
    """What vmap maps is stacked; what it cannot map, or maps to other numbers, is not."""
    x = torch.randn(4, 4)
    assert obstacle_to_stack(Normed, x, (0, 1)) is None
    assert obstacle_to_stack(lambda: Normed(is_shared=True), x, (0, 1)) == "two of its layers share weights"
    assert "vmap cannot map it" in obstacle_to_stack(Branching, x, (0, 1))


def test_the_examples_of_a_dataset_do_not_depend_on_who_loads_them():
    """Random changes follow from the seed, the epoch and the example: two rates and two processes see the same."""
    spec = prepare(spec_of(data={"name": "waves", "named": True, "pair": True})).spec
    seen = []
    for n_loaders in (0, 1):
        workload = open_workload(spec, Worker(n_loaders=n_loaders))
        for epoch in (1, 1, 2):
            batches = workload.epoch(0, epoch)
            seen.append(torch.cat([x for step in range(workload.n_steps) for x, _ in batches.step(step)]))
    assert seen[0].shape == (90, 2, 6)
    assert all(torch.equal(seen[0], each) for each in (seen[1], seen[3], seen[4]))
    assert torch.equal(seen[2], seen[5])
    assert not torch.equal(seen[0], seen[2])


@pytest.mark.parametrize("dataset", [{"name": "waves", "pair": True}, {"name": "waves", "named": True}])
def test_a_dataset_trains(dataset):
    """With its own validation part, or with one that is drawn; the plan says who loads its examples."""
    results, setup = train(spec_of(data=dataset, run={"executor": "inline", "device": "cpu"}))
    assert [result.state for result in results] == ["ok", "ok"]
    assert setup.task.n_val == 30
    assert (setup.task.kind, setup.task.shape) == ("examples", (2, 6))
    assert setup.plan.loaders is not None


@pytest.mark.parametrize(
    "keys",
    [
        {"train": {"optimizer": "plain", "schedule": {"name": "hill", "low": 0.1}, "warmup": 0.2}},
        {"train": {"optimizer": {"name": "plain", "weight_decay": 0.1}, "weight_decay_on": "weights"}},
        {"train": {"loss": "squares", "accumulate": 2}, "search": {"metric": "misses"}},
        {"model": "grouped", "train": {"weight_decay_on": "all", "optimizer": "adam"}},
        {"model": "mlp"},
    ],
)
def test_every_part_of_a_plugin_trains(keys):
    """A rate is scored by the metric of the search."""
    results, setup = train(spec_of(**keys))
    assert [result.state for result in results] == ["ok", "ok"]
    metric = setup.spec.search.metric.name
    assert all(metric in result.points[-1].metrics for result in results)
    assert results[0].score == results[0].points[-1].metrics[metric]
    if metric == "misses":
        assert results[0].score == pytest.approx(1 - results[0].points[-1].metrics["val_accuracy"])
        assert setup.task.metrics["misses"].constant == pytest.approx(2 / 3, abs=0.02)


def test_groups_keep_the_ratio_of_their_rates():
    """The searched rate is that of the head; a schedule changes both."""
    spec = prepare(spec_of(model={"name": "grouped", "body": 0.25})).spec
    training = SingleTraining(open_workload(spec, Worker()), Trial(number=0, proposal=0, lr=0.4, horizon=2, until=2))
    set_rate(training.optimizer, 0.2)
    assert [group["lr"] for group in training.optimizer.param_groups] == [0.2, 0.05]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"model": {"name": "net", "kind": "none"}}, r"model 'net' \(mine.py\): your function returned nothing"),
        ({"model": {"name": "net", "kind": "outputs"}}, r"returned a tensor of shape \(4, 8\); expected .* \(4, 3\)"),
        ({"model": {"name": "net", "kind": "forward"}}, "model 'net' .* got a tensor of shape .*: RuntimeError: mat1"),
        ({"model": {"name": "net", "kind": "raises"}}, "ValueError: no such kind\n  File .*mine.py"),
        (
            {"model": {"name": "grouped", "missing": True}},
            "parameter_groups of .*: no group holds 1.weight",
        ),
        ({"model": "cnn"}, r"'cnn' takes images .*the examples of 'rows' have the shape \(2, 6\); take mlp"),
        ({"model": "mlp", "data": {"name": "rows", "whole": True}}, "'mlp' takes floating-point numbers"),
        ({"train": {"optimizer": {"name": "plain", "none": True}}}, "returned nothing; it must return a torch.optim"),
        ({"train": {"schedule": {"name": "hill", "low": -1.0}}}, "schedule 'hill' .* returned -1.0 at step 0"),
        ({"train": {"loss": {"name": "squares", "each": False}}}, r"loss 'squares' .* returned shape \(4, 3\)"),
        ({"train": {"loss": {"name": "squares", "cut": True}}}, "loss 'squares': its answer has no gradient"),
        ({"search": {"metric": {"name": "misses", "of": 9}}}, "metric 'misses' .* returned nan; expected a number in"),
        ({"data": {"name": "waves", "bad": 40}}, r"dataset 'waves' \(mine.py\): KeyError: 'no file'\n  File .*mine.py"),
        ({"data": {"name": "wrong"}}, "returned nothing; expected a mapping with x_train"),
        ({"data": {"name": "wrong", "what": "number"}}, "returned an object of type int"),
        ({"data": {"name": "wrong", "what": "key"}}, "returned the key 'x_tst'; allowed are x_train"),
        (
            {"data": {"name": "wrong", "what": "labels"}},
            r"y_train holds float64 of shape \(9, 4\); labels must",
        ),
        ({"data": {"name": "wrong", "what": "numbers"}}, r'write @lrsearch\.dataset\(task="regression"\) above'),
        (
            {"data": {"name": "wrong", "what": "floats"}},
            r'the class of item 0 is 0\.5; expected a whole .*task="regression"',
        ),
        ({"data": {"name": "curve", "form": "nan"}}, "y_train holds NaN or infinity"),
        ({"data": {"name": "curve", "form": "same"}}, "every number of y_train is 1; there is nothing to learn"),
        ({"data": {"name": "wrong", "what": "lengths"}}, "x_train has 8 examples, but y_train has 9 labels"),
        ({"data": {"name": "wrong", "what": "nan"}}, "x_train holds NaN or infinity"),
        ({"data": {"name": "wrong", "what": "class"}}, "the smallest label of y_train is 1"),
        ({"data": {"name": "wrong", "what": "item"}}, r"item 0 is of type int; expected a pair \(example, class\)"),
        ({"data": {"name": "wrong", "what": "scalar"}}, "the example of item 0 is a single number"),
        ({"data": {"name": "waves"}, "augment": True}, "data.augment: only images in memory are changed"),
    ],
)
def test_a_wrong_answer_is_refused_before_a_run_is_made(keys, message):
    """With the name of the function and its file."""
    augment = keys.pop("augment", False)
    spec = spec_of(**keys)
    if augment:
        spec = spec.model_copy(update={"data": spec.data.model_copy(update={"augment": "flip-crop"})})
    with pytest.raises((UsageError, DataError, PluginError), match=message):
        prepare(spec, 2)


def test_a_loss_of_a_plugin_takes_no_class_weights():
    """Nor label smoothing."""
    with pytest.raises(UsageError, match=r"train\.label_smoothing: the loss 'squares' of a plugin has none"):
        spec_of(train={"loss": "squares", "label_smoothing": 0.1})


def test_an_array_is_used_as_it_is():
    """Floating-point numbers as float32, whole numbers as they are, and nothing is normalised."""
    parts = open_split(spec_of().data)
    assert (parts.x_train.dtype, parts.shape) == (np.float32, (2, 6))
    whole = open_split(spec_of(data={"name": "rows", "whole": True}).data)
    assert whole.x_train.dtype == np.int64


def test_nothing_is_given():
    """A plugin is no part that Python passes."""
    assert NOTHING_GIVEN.names == frozenset()


@pytest.mark.parametrize("form", ["arrays", "images", "dataset"])
def test_numbers_to_predict(form):
    """Metrics are in their unit, whatever holds the examples; the test part has their form."""
    spec = spec_of(data={"name": "curve", "form": form})
    ended, setup = train(spec)
    measured, labels = ended[0].points[-1].metrics, open_split(spec.data).y_val
    assert measured["mse"] == pytest.approx((1 - measured["r2"]) * labels.var(), rel=1e-4)
    assert setup.task.metrics["mse"].constant == pytest.approx(labels.var())
    assert setup.plan.engine.value == ("single" if form == "dataset" else "population")
    part = open_test(spec.data)
    if form == "images":
        assert part is None
        return
    assert (len(part.y), part.x.shape[1:]) == (50 if form == "dataset" else 60, open_split(spec.data).shape)
    assert part.y.dtype == np.float64


def test_a_loss_and_a_metric_of_numbers():
    """The loss gets outputs of the shape of the targets, the metric numbers in their own unit."""
    spec = spec_of(data="curve", train={"loss": "distances"}, search={"metric": "furthest"})
    ended, setup = train(spec)
    labels = open_split(spec.data).y_val
    assert setup.task.metrics["furthest"].constant == pytest.approx(abs(labels - labels.mean()).max())
    assert ended[0].points[-1].metrics["furthest"] > 1


def test_class_examples_to_test_with():
    """A search does not look at them: a test part that does not fit is found by the final training alone."""
    data = spec_of(data={"name": "tested"}).data
    assert open_split(data).n_classes == 2
    with pytest.raises(DataError, match=r"x_train and x_test hold examples of different shapes: \(4,\) and \(5,\)"):
        open_test(data)
    assert open_test(spec_of(data="rows").data) is None


def test_a_dataset_with_its_validation_examples():
    """One Dataset is joined again; two of them are refused in one line."""
    joined = with_validation(open_split(spec_of(data="waves").data))
    assert sorted(joined.x_train.indices) == list(range(90))
    assert len(joined.y_train) == 90
    with pytest.raises(DataError, match="two Datasets cannot be trained on together; leave out --with-validation"):
        with_validation(open_split(spec_of(data={"name": "waves", "pair": True}).data))
