"""The reference trainer on real digits and on small made-up data."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lrsearch.catalog import OPTIMIZERS
from lrsearch.data import open_split
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Given
from lrsearch.networks import make_model
from lrsearch.plans import Worker
from lrsearch.records import Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.spec import make_spec
from lrsearch.strategies import planned_rates
from lrsearch.training.torch_trainer import make_trainer, prepare
from lrsearch.training.trial_progress import LOOK_EVERY

SYNTHETIC = {"dataset": {"name": "synthetic", "shape": [3, 16, 16], "size": 400, "classes": 4}, "batch_size": 50}


def without_times(result):
    """What must be equal to the bit."""
    points = [(p.epoch, p.train_loss, p.train_accuracy, p.val_loss, p.val_accuracy, p.grad_norm) for p in result.points]
    return (result.state, result.score, result.correct, points)


def test_learns_digits(train):
    """A good rate learns digits; its result holds together."""
    result = train(0.1, epochs=8)
    assert result.state == "ok"
    assert result.learned
    assert result.score >= 0.93
    assert result.scored_epoch == 8
    right = np.unpackbits(np.frombuffer(result.correct, dtype=np.uint8))[:500]
    assert right.mean() == pytest.approx(result.score)
    assert [point.epoch for point in result.points] == list(range(1, 9))
    assert result.points[-1].train_loss < result.points[0].train_loss


def test_equal_to_the_bit(train):
    """The same trial twice gives the same numbers."""
    assert without_times(train(0.05)) == without_times(train(0.05))


def test_repeats_differ(train):
    """Another repeat has other weights and batches."""
    assert without_times(train(0.05)) != without_times(train(0.05, repeat=1))


def test_equals_a_loop_written_by_hand(train):
    """One epoch is torch's plain loop over the same weights and batches."""
    result = train(0.03, epochs=1, seed=3)
    spec = make_spec({"seed": 3})
    split = open_split(spec.data)
    x = torch.from_numpy(split.x_train.copy()).float()
    x = (x - x.mean()) / x.std(correction=0)
    y = torch.from_numpy(split.y_train.copy())
    model = make_model("mlp", spec.model.options, (1, 8, 8), 10, seed_for(3, "weights", 0))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(seed_for(3, "order", 0, 1)))
    losses = 0.0
    for indices in order.split(64):
        optimizer.zero_grad()
        loss = cross_entropy(model(x[indices]), y[indices])
        loss.backward()
        optimizer.step()
        losses += loss.item() * len(indices)
    assert result.points[0].train_loss == pytest.approx(losses / 1000, rel=1e-4)


def test_a_loss_that_is_not_finite_names_its_step(train):
    """The exact step is told, and training ends at the next look."""

    class Exploding(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3 * 16 * 16, 4)
            self.calls = 0

        def forward(self, x):
            self.calls += self.training
            calls.append(self.calls)
            out = self.layer(x.flatten(1))
            return out * float("inf") if self.training and self.calls > 4 else out

    calls = []
    result = train(0.01, epochs=100, model=Exploding, data=SYNTHETIC)
    assert result.state == "diverged"
    assert "at step 5 (epoch 1)" in result.message
    assert max(calls) <= 4 + LOOK_EVERY
    assert result.score is None


def test_a_huge_rate_is_a_result(train):
    """A rate that breaks training diverges or did not learn; either way it cannot be the best."""
    result = train(1e6)
    assert not result.is_candidate
    assert result.is_final


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
@pytest.mark.parametrize("lr", [1e38, 1e39, 1e300])
def test_a_rate_beyond_float32_diverges(train, optimizer, lr):
    """With every optimizer, whether it or torch computes the size of the step; a fault would end the search."""
    result = train(lr, train={"epochs": 2, "optimizer": optimizer}, data={"batch_size": 1000})
    assert result.state == "diverged"


def test_a_tiny_rate_has_not_learned(train):
    """A rate that moves nothing ends at chance."""
    result = train(1e-9)
    assert result.state == "ok"
    assert result.learned is False
    assert not result.is_candidate


def test_clipping_bounds_the_step(train):
    """With a tiny clip_norm and plain sgd, weights hardly move; the recorded norm is the one before clipping."""
    free = train(0.1, epochs=1)
    clipped = train(0.1, epochs=1, train={"epochs": 1, "clip_norm": 1e-6, "optimizer": "sgd"})
    assert clipped.points[0].train_loss == pytest.approx(math.log(10), rel=0.1)
    assert clipped.points[0].grad_norm > 0.1
    assert free.points[0].train_loss < clipped.points[0].train_loss


def test_label_smoothing_changes_the_training_loss_alone(train):
    """The validation loss is a plain cross-entropy."""
    plain = train(0.1, epochs=4)
    smooth = train(0.1, train={"epochs": 4, "label_smoothing": 0.3})
    assert smooth.points[-1].train_loss > plain.points[-1].train_loss + 0.3
    assert smooth.score > 0.8


def test_schedule_and_warmup_move_the_rate(train):
    """The rate of the last step is the schedule's."""
    result = train(0.1, train={"epochs": 4, "schedule": "linear", "warmup": {"epochs": 1}})
    rates = [point.lr for point in result.points]
    assert rates[0] == pytest.approx(0.1 * 16 / 17)
    assert rates[1:] == sorted(rates[1:], reverse=True)
    assert rates[-1] == pytest.approx(0.1 * (1 - 47 / 48))


def test_early_stopping_scores_the_restored_epoch(train):
    """Training ends after `patience` epochs without gain, and the epoch of the lowest loss counts."""
    result = train(0.5, train={"epochs": 60, "early_stopping": {"patience": 2, "min_delta": 0.0}})
    losses = [point.val_loss for point in result.points]
    assert len(losses) < 60
    assert result.scored_epoch == losses.index(min(losses)) + 1 == len(losses) - 2
    assert result.score == result.points[result.scored_epoch - 1].val_accuracy


def test_score_best_takes_the_best_epoch(train):
    """`scored_epoch: best` is the first epoch of the highest accuracy."""
    result = train(0.3, train={"epochs": 6}, search={"scored_epoch": "best"})
    accuracies = [point.val_accuracy for point in result.points]
    assert result.score == max(accuracies)
    assert result.scored_epoch == accuracies.index(max(accuracies)) + 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize(("model", "side"), [("mlp", 8), ("cnn", 8), ("convnet", 16), ("resnet18", 16)])
def test_every_model_trains_with_every_optimizer(train, model, side, optimizer):
    """Each built-in network takes its steps with flips and crops."""
    dataset = {"name": "synthetic", "shape": [3, side, side], "size": 60, "classes": 3}
    data = {"dataset": dataset, "batch_size": 20, "augment": "flip-crop"}
    spec = make_spec({"data": data, "model": model, "train": {"epochs": 1, "optimizer": optimizer}})
    trainer = make_trainer(prepare(spec).spec, Worker(threads=1))
    assert train(1e-3, epochs=1, trainer=trainer).state == "ok"


def test_bf16_trains(train):
    """bfloat16 is slower here than float32, but asked for it must work."""
    result = train(0.1, train={"epochs": 6, "precision": "bf16"})
    assert result.score > 0.8


def test_a_model_and_arrays_of_ones_own():
    """A function that builds a network, and arrays in place of a data set."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    x = (rng.integers(0, 60, (300, 8, 8)) + 80 * y[:, None, None]).astype(np.uint8)
    arrays = {"x_train": x, "y_train": y}
    given = Given(model=lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 3)), data=arrays)
    setup = prepare(make_spec({"train": {"epochs": 3}}), given=given)
    assert setup.task.name == "own"
    trainer = make_trainer(setup.spec, Worker(), given=given)
    *_, result = trainer((Trial(number=0, proposal=0, lr=0.05, horizon=3, until=3),), StopSwitch())
    assert result.score > 0.9


def test_stops_at_the_next_step():
    """Told to stop, the trainer ends without a result."""
    setup = prepare(make_spec({}))
    trainer = make_trainer(setup.spec, Worker())
    stop = StopSwitch()
    events = trainer((Trial(number=0, proposal=0, lr=0.05, horizon=20, until=20),), stop)
    assert next(events).epoch == 1
    stop.stop()
    assert list(events) == []


def test_out_of_memory_is_no_verdict_on_the_rate():
    """A model that does not fit ends as `oom`, with the batch size."""

    class TooLarge(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, _):
            raise torch.OutOfMemoryError("CUDA out of memory")

    setup = prepare(make_spec({}), given=Given(model=TooLarge))
    trainer = make_trainer(setup.spec, Worker(), given=Given(model=TooLarge))
    (result,) = trainer((Trial(number=0, proposal=0, lr=0.05, horizon=1, until=1),), StopSwitch())
    assert result.state == "oom"
    assert "batch_size 64" in result.message
    assert not result.is_final


def test_a_convolutional_network_of_ones_own_may_use_view(train):
    """The plain memory layout, as its author expects."""

    class Textbook(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, padding=1)
            self.linear = nn.Linear(8 * 16 * 16, 4)

        def forward(self, x):
            x = torch.relu(self.conv(x))
            return self.linear(x.view(x.size(0), -1))

    assert train(0.01, model=Textbook, data=SYNTHETIC).state == "ok"


def test_label_smoothing_does_not_hide_what_was_learned(train):
    """The training loss is told without it, and so is judged against the labels' own entropy."""
    result = train(0.3, train={"epochs": 6, "label_smoothing": 0.9})
    assert result.score > 0.8
    assert result.learned


def test_with_early_stopping_the_restored_epoch_is_judged(train):
    """A run that breaks after a good epoch keeps that epoch."""
    values = {"epochs": 10, "warmup": 0.9, "early_stopping": {"patience": 9}}
    result = train(8.0, train=values)
    assert result.points[-1].val_accuracy < 0.5
    assert result.score > 0.5
    assert result.learned


def kept_in(networks):
    """A function that makes a new network and keeps it in a list: the last one is the one that is trained."""

    def make():
        networks.append(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)))
        return networks[-1]

    return make


def test_validation_figures_are_the_plain_ones(train):
    """Loss and accuracy on the validation part against a forward pass by hand."""
    networks = []
    result = train(1e-9, epochs=1, model=kept_in(networks))
    network = networks[-1]
    split = open_split(make_spec({}).data)
    pixels = torch.from_numpy(split.x_train.copy()).float()
    x = (torch.from_numpy(split.x_val.copy()).float() - pixels.mean()) / pixels.std(correction=0)
    y = torch.from_numpy(split.y_val.copy())
    with torch.no_grad():
        logits = network(x)
    assert result.points[0].val_loss == pytest.approx(cross_entropy(logits, y).item(), rel=1e-4)
    assert result.points[0].val_accuracy == pytest.approx((logits.argmax(1) == y).float().mean().item())


def test_the_gradient_norm_is_the_mean_over_steps(train):
    """With a rate of next to nothing it is that of the first weights, batch by batch."""
    networks = []
    result = train(1e-12, epochs=1, model=kept_in(networks))
    network = networks[-1]
    split = open_split(make_spec({}).data)
    x = torch.from_numpy(split.x_train.copy()).float()
    x = (x - x.mean()) / x.std(correction=0)
    y = torch.from_numpy(split.y_train.copy())
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(seed_for(0, "order", 0, 1)))
    norms = []
    for indices in order.split(64):
        network.zero_grad()
        cross_entropy(network(x[indices]), y[indices]).backward()
        norms.append(torch.linalg.vector_norm(torch.cat([p.grad.flatten() for p in network.parameters()])).item())
    assert result.points[0].grad_norm == pytest.approx(np.mean(norms), rel=1e-4)


def test_two_rates_of_a_repeat_are_paired(train):
    """Rates of next to nothing see the same weights and batches, and so the same losses."""
    first, second = train(1e-12, epochs=1), train(2e-12, epochs=1)
    assert first.points[0].train_loss == pytest.approx(second.points[0].train_loss, rel=1e-6)
    assert first.correct == second.correct


def test_the_callers_random_state_is_left_alone(train):
    """A notebook's own draws do not depend on a search in between."""
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    train(0.1, epochs=1)
    assert torch.equal(torch.rand(2), expected)


def test_a_plateau_lowers_the_rate_where_the_validation_loss_stays(train):
    """The rate of each epoch is what torch's own scheduler makes of the losses before it."""
    schedule = {"name": "plateau", "patience": 1, "factor": 0.5, "threshold": 0.05, "floor": 0.1}
    result = train(0.2, train={"epochs": 12, "schedule": schedule})
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.05, min_lr=0.02)
    rates = []
    for point in result.points:
        rates.append(optimizer.param_groups[0]["lr"])
        theirs.step(point.val_loss)
    assert [point.lr for point in result.points] == pytest.approx(rates)
    assert len(set(rates)) > 2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimizer_learns_digits_at_the_best_of_its_usual_range(name):
    """Some rate of the usual range, which starts too low and ends too high, reaches 93 %; means over three seeds."""
    spec = make_spec({"train": {"optimizer": name}, "run": {"device": "cpu"}})
    grid, horizon = planned_rates("grid", spec), spec.train.epochs
    rates = sorted({*grid[::3], grid[-1]})
    setup = prepare(spec, len(rates))
    trainer = make_trainer(setup.spec, Worker(threads=1, stack_size=len(rates)))
    scores = dict.fromkeys(rates, 0.0)
    for repeat in range(3):
        trials = [
            Trial(number=i, proposal=i, lr=lr, repeat=repeat, horizon=horizon, until=horizon)
            for i, lr in enumerate(rates)
        ]
        for event in trainer(tuple(trials), StopSwitch()):
            if isinstance(event, Result):
                scores[event.trial.lr] += (event.score or 0.0) / 3
    best = max(scores.values())
    assert best >= 0.93
    assert max(scores[rates[0]], scores[rates[-1]]) < best - 0.03


def test_a_loss_as_the_metric(train):
    """The score is the validation loss, with its value for each image; the training is the same."""
    by_loss, by_accuracy = train(0.1, search={"metric": "val_loss"}), train(0.1)
    assert by_loss.score == by_loss.points[-1].val_loss
    values = np.frombuffer(by_loss.values, np.float32)
    assert values.size == 500
    assert values.mean() == pytest.approx(by_loss.score, rel=1e-5)
    assert (by_accuracy.values, by_accuracy.score) == (None, by_loss.points[-1].val_accuracy)
    assert by_loss.correct == by_accuracy.correct
    assert [point.metrics for point in by_loss.points] == [point.metrics for point in by_accuracy.points]


@pytest.mark.parametrize("name", ["balanced_accuracy", "macro_f1", "train_loss", "{name: grad_norm, goal: min}"])
def test_other_metrics(train, name):
    """Each epoch has them, and the last one counts."""
    metric = {"name": "grad_norm", "goal": "min"} if name.startswith("{") else name
    result = train(0.1, search={"metric": metric})
    key = metric if isinstance(metric, str) else metric["name"]
    assert result.score == result.points[-1].metrics[key]
    assert result.values is None
    assert 0 < result.score < 10
