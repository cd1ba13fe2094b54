"""What the spec leaves to the machine, and the time that an epoch takes."""

import numpy as np
import pytest

from lrsearch.errors import DataError, DeviceError
from lrsearch.interfaces import Given
from lrsearch.spec import make_spec
from lrsearch.training.machine.device import choose_device, choose_precision, has_native_bf16
from lrsearch.training.setup import prepare


def test_auto_is_resolved_with_a_reason():
    """No `auto` is left in the spec, and each decision says why."""
    setup = prepare(make_spec({"train": {"precision": "auto"}}))
    run = setup.spec.run
    assert "auto" not in {run.device, run.engine, run.executor, run.jobs, setup.spec.train.precision}
    assert all(decision.reason for decision in setup.plan.decisions.values())
    assert setup.task.n_train == 1000


def test_precision_follows_the_hardware():
    """bf16 where it is native and the network convolutional; what is asked for stands."""
    assert choose_precision("auto", "cpu", convolutional=False).value == "fp32"
    native = "bf16" if has_native_bf16("cpu") else "fp32"
    assert choose_precision("auto", "cpu", convolutional=True).value == native
    assert choose_precision("bf16", "cpu", convolutional=False).value == "bf16"


def test_a_missing_device_is_named():
    """And so is what there is."""
    with pytest.raises(DeviceError, match="cuda:77 is not available; this machine has"):
        choose_device("cuda:77")


def test_warmup_is_checked_again_when_the_data_are_known():
    """The size of arrays is known only when they are open."""
    arrays = {"x_train": np.zeros((100, 8, 8), np.uint8), "y_train": np.arange(100) % 4}
    spec = make_spec({"train": {"warmup": {"steps": 10_000}}, "data": {"dataset": "own", "batch_size": 10}})
    with pytest.raises(DataError, match=r"warmup .10000 steps. must be shorter than the run"):
        prepare(spec, given=Given(data=arrays))


def test_a_step_is_no_longer_than_an_epoch_when_the_data_are_known():
    """67 images are 7 batches of 10: gradients of 8 would never be added up."""
    arrays = {"x_train": np.zeros((100, 8, 8), np.uint8), "y_train": np.arange(100) % 4}
    for accumulate in (7, 8):
        spec = make_spec({"train": {"accumulate": accumulate}, "data": {"dataset": "own", "batch_size": 10}})
        if accumulate == 7:
            assert prepare(spec, given=Given(data=arrays)).task.n_train == 67
        else:
            problem = r"train.accumulate: a step of 8 mini-batches is longer than an epoch, which has only 7; lower"
            with pytest.raises(DataError, match=problem):
                prepare(spec, given=Given(data=arrays))


def test_a_schedule_in_steps_is_checked_again_when_the_data_are_known():
    """As the warm-up is: each drop past the end, with its place."""
    arrays = {"x_train": np.zeros((100, 8, 8), np.uint8), "y_train": np.arange(100) % 4}
    schedule = {"name": "multistep", "milestones": [10, 500, 600], "unit": "steps"}
    data = {"dataset": "own", "batch_size": 10}
    spec = make_spec({"train": {"epochs": 10, "schedule": schedule}, "data": data})
    with pytest.raises(DataError) as caught:
        prepare(spec, given=Given(data=arrays))
    first, second = str(caught.value).split("\n")
    assert first.startswith("train.schedule.milestones[1]: drop (after 500 steps) must come before the end of the run")
    assert second.startswith("train.schedule.milestones[2]: drop (after 600 steps)")


def test_own_data_need_arrays():
    """`own` stands for arrays from Python, and fits any of them."""
    with pytest.raises(DataError, match="given from Python"):
        prepare(make_spec({"data": {"dataset": "own"}}))
    arrays = {"x_train": np.zeros((600, 32, 32, 3), np.uint8).tolist(), "y_train": (np.arange(600) % 4).tolist()}
    arrays["x_train"] = np.asarray(arrays["x_train"], dtype=np.uint8)
    setup = prepare(
        make_spec({"model": "convnet", "data": {"dataset": "own", "batch_size": 300}}), given=Given(data=arrays)
    )
    assert setup.task.shape == (3, 32, 32)
