"""A training that was cut off goes on from its checkpoint, and ends with the same numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lrsearch.executors import StopSwitch
from lrsearch.plans import Worker
from lrsearch.records import Result, Trial
from lrsearch.spec import make_spec
from lrsearch.store import CheckpointFolder
from lrsearch.training.torch_trainer import make_trainer

DATA = {"dataset": {"name": "synthetic", "shape": [3, 12, 12], "size": 200, "classes": 4}, "batch_size": 20}
EPOCHS = 4
PRACTICES = {
    "sgd": {},
    "plain sgd": {"optimizer": "sgd"},
    "adam": {"optimizer": {"name": "adam", "amsgrad": True}, "schedule": "cosine", "warmup": 0.3},
    "adamw": {"optimizer": "adamw", "clip_norm": 0.5},
    "early stopping": {"early_stopping": {"patience": 1}},
    "rmsprop": {"optimizer": {"name": "rmsprop", "centered": True, "momentum": 0.9}},
    "nadam": {"optimizer": {"name": "nadam", "weight_decay": 0.1}, "weight_decay_on": "weights"},
    "asgd": {"optimizer": "asgd"},
    "plateau": {"schedule": {"name": "plateau", "patience": 0, "threshold": 0.2}},
    "accumulation": {"accumulate": 2, "clip_value": 0.01},
}


def trials_of(rates: list[float]) -> tuple[Trial, ...]:
    return tuple(
        Trial(number=number, proposal=number, lr=lr, horizon=EPOCHS, until=EPOCHS) for number, lr in enumerate(rates)
    )


def trainer_of(spec: dict, checkpoints: CheckpointFolder | None):
    spec = {"data": DATA, "run": {"engine": "single"}, **spec}
    return make_trainer(make_spec(spec), Worker(threads=1, stack_size=3), checkpoints=checkpoints)


def run(trainer, trials, stop_after: int | None = None) -> dict[int, Result]:
    """Results by trial number; told to stop after so many epochs of the first trial that is not done."""
    stop, results, seen = StopSwitch(), {}, 0
    for event in trainer(trials, stop):
        if isinstance(event, Result):
            results[event.trial.number] = event
        else:
            seen += event.trial == trials[-1].number
            if seen == stop_after:
                stop.stop()
    return results


def untimed(results: dict[int, Result]) -> dict[int, Result]:
    return {
        number: replace(result, seconds=0.0, points=tuple(replace(point, seconds=0.0) for point in result.points))
        for number, result in results.items()
    }


@pytest.mark.parametrize("practice", PRACTICES)
@pytest.mark.parametrize(
    ("engine", "model"), [("single", "mlp"), ("single", "cnn"), ("single", "convnet"), ("population", "convnet")]
)
def test_a_training_goes_on_to_the_bit(tmp_path, engine, model, practice):
    """Cut off after each epoch but the last; the trials may have other numbers when they go on."""
    engine = "single" if practice == "asgd" else engine
    model = {"name": "convnet", "depth": 2, "width": 0.2, "dropout": 0.3} if model == "convnet" else model
    spec = {"model": model, "run": {"engine": engine}, "train": {"epochs": EPOCHS, **PRACTICES[practice]}}
    trials = trials_of([0.01, 0.1] if engine == "population" else [0.005 if model == "cnn" else 0.05])
    whole = untimed(run(trainer_of(spec, None), trials))
    assert all(result.state == "ok" for result in whole.values())
    for stop_after in range(1, EPOCHS):
        checkpoints = CheckpointFolder(tmp_path / str(stop_after), 0.0)
        before = run(trainer_of(spec, checkpoints), trials, stop_after)
        left = tuple(trial for trial in trials if trial.number not in before)
        after = run(trainer_of(spec, checkpoints), left)
        assert whole == untimed(before | after)
        assert not left or len(list(checkpoints.load(left[0]))) >= 1


@pytest.mark.parametrize("kind", ["texts", "numbers", "stacked numbers"])
def test_other_kinds_of_examples_go_on_to_the_bit(tmp_path, kind):
    """Texts with dropout, and a regression, alone and as a stack."""
    file = tmp_path / "texts.csv"
    file.write_text(
        "text,label\n" + "".join(f"a film number {i % 7} {'good' if i % 3 else 'bad'},{i % 3 > 0}\n" for i in range(45))
    )
    texts = {"data": {"dataset": {"name": "text", "length": 5}, "path": str(file), "batch_size": 10}}
    lstm = {"name": "lstm", "embedding": 4, "hidden": 4, "layers": 2, "dropout": 0.3}
    numbers = {"data": {"dataset": "diabetes"}, "run": {"engine": "population" if "stacked" in kind else "single"}}
    spec = {**texts, "model": lstm} if kind == "texts" else numbers
    spec |= {"train": {"epochs": EPOCHS, "early_stopping": {"patience": 2}}}
    trials = trials_of([0.01, 0.003])
    whole = untimed(run(trainer_of(spec, None), trials))
    checkpoints = CheckpointFolder(tmp_path / "checkpoints", 0.0)
    before = run(trainer_of(spec, checkpoints), trials, 2)
    left = tuple(trial for trial in trials if trial.number not in before)
    assert left
    assert whole == untimed(before | run(trainer_of(spec, checkpoints), left))


@pytest.mark.parametrize("engine", ["single", "population", "graph"])
def test_a_whole_training_goes_on_where_a_partial_one_ended(tmp_path, engine):
    """To the bit, under another number; only the epochs that are left are trained. Another horizon begins anew."""
    spec = {"model": "mlp", "run": {"engine": engine}, "train": {"epochs": EPOCHS, "schedule": "cosine"}}
    trials = trials_of([0.01, 0.05])
    expected = untimed(run(trainer_of(spec, None), trials))
    checkpoints = CheckpointFolder(tmp_path, 3600.0)
    partial = tuple(replace(trial, number=trial.number + 7, until=2) for trial in trials)
    ended = run(trainer_of(spec, checkpoints), partial)
    assert [len(result.points) for result in ended.values()] == [2, 2]
    events = list(trainer_of(spec, checkpoints)(trials, StopSwitch()))
    assert sorted(event.epoch for event in events if not isinstance(event, Result)) == [3, 3, 4, 4]
    assert untimed({event.trial.number: event for event in events if isinstance(event, Result)}) == expected
    again = run(trainer_of(spec, checkpoints), partial)  # its result was lost: it cannot be made from the last epoch
    assert untimed(again) == untimed(ended)
    short = tuple(replace(trial, horizon=3, until=3) for trial in trials)
    events = list(trainer_of(spec, checkpoints)(short, StopSwitch()))
    assert {event.epoch for event in events if not isinstance(event, Result)} == {1, 2, 3}


def test_members_that_are_not_equally_far_train_as_stacks_of_their_own(tmp_path):
    """A batch may gather trials that were cut off at different epochs, and new ones: each gets its own numbers."""
    spec = {"model": "mlp", "run": {"engine": "population"}, "train": {"epochs": EPOCHS}}
    trials = trials_of([0.01, 0.03, 0.1])
    whole = untimed(run(trainer_of(spec, None), trials))
    checkpoints = CheckpointFolder(tmp_path, 0.0)
    run(trainer_of(spec, checkpoints), trials[:1], stop_after=1)
    run(trainer_of(spec, checkpoints), trials[1:2], stop_after=3)
    assert whole == untimed(run(trainer_of(spec, checkpoints), trials))


def test_a_checkpoint_that_cannot_be_read_is_passed_over(tmp_path):
    """The older generation is taken, and with both damaged the beginning; the numbers are the same."""
    spec = {"model": "mlp", "train": {"epochs": EPOCHS}}
    (trial,) = trials_of([0.05])
    whole = untimed(run(trainer_of(spec, None), (trial,)))
    checkpoints = CheckpointFolder(tmp_path, 0.0)
    run(trainer_of(spec, checkpoints), (trial,), stop_after=3)
    for left in ([3, 2], [2], []):
        assert [state["epoch"] for _, state in checkpoints.load(trial)] == left
        if left:  # the tensors of the newest
            state = next(
                path for path in tmp_path.glob("*.json") if json.loads(path.read_text())["generation"] == left[0]
            )
            tensors = state.with_suffix(".safetensors")
            tensors.write_bytes(tensors.read_bytes()[:-1])
    assert whole == untimed(run(trainer_of(spec, CheckpointFolder(tmp_path, 1e9)), (trial,)))


def test_after_a_death_a_stack_takes_half_the_memory():
    """The worker may have died for want of it: three members train as stacks of two."""
    spec = {"model": "mlp", "run": {"engine": "population"}, "train": {"epochs": 1}}
    trials = trials_of([0.01, 0.03, 0.1])
    stop = StopSwitch()
    stop.memory_share = 0.5
    order = [event.trial if not isinstance(event, Result) else -1 for event in trainer_of(spec, None)(trials, stop)]
    assert order == [0, -1, 1, -1, 2, -1] or order.index(2) > order.index(-1)
