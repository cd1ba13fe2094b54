"""The estimate of memory is an upper bound that is not far off."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lrsearch.data import Sizes
from lrsearch.data import memory as data_memory
from lrsearch.spec import make_spec
from lrsearch.training.machine import memory
from lrsearch.training.machine.memory import Needs, device_bytes, estimate_needs, eval_batch


def sizes_of(shape: tuple[int, int, int], n: int = 1000) -> Sizes:
    return Sizes(shape=shape, n_classes=10, n_train=n, n_val=500)


def test_numbers_of_a_known_network():
    """Mlp of 64 -> 64 -> 10: 4,810 weights; it puts out 64 + 64 + 64 + 10 numbers an image, beside 64 pixels."""
    needs = estimate_needs(make_spec({"model": "mlp", "data": {"batch_size": 32}}), sizes_of((1, 8, 8)), "cpu")
    assert needs.member == 4 * (6 * 4810 + 3 * 32 * (64 + 64 + 64 + 64 + 10))
    assert needs.data == 1500 * 64 * 5  # as bytes, and as float32 since the set is small


@pytest.mark.parametrize("model", ["mlp", "cnn", "convnet", "resnet18"])
def test_a_larger_batch_takes_more(model):
    """Every model can be estimated, without its weights being made."""
    data = {"dataset": {"name": "synthetic", "shape": [3, 32, 32]}}
    small, large = (make_spec({"model": model, "data": {**data, "batch_size": size}}) for size in (32, 256))
    sizes = sizes_of((3, 32, 32))
    assert 0 < estimate_needs(small, sizes, "cpu").member < estimate_needs(large, sizes, "cpu").member


def test_members_and_jobs_fill_what_is_left():
    """0.7 of the memory, less the data and the jobs themselves."""
    needs = Needs(total=1000, data=100, job=200, member=50)
    assert needs.most_members() == 8
    assert needs.most_members(n_jobs=2) == 2
    assert needs.most_jobs(n_members=2) == 2
    assert Needs(total=100, data=100, job=200, member=50).most_members() == 0
    assert Needs(total=100, data=100, job=200, member=50).most_jobs() == 1


def test_a_container_bounds_the_memory_of_a_cpu(tmp_path, monkeypatch):
    """The smaller of the machine's memory and the container's; `max` is no bound."""
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(data_memory, "_CGROUP_LIMITS", (str(limit), str(tmp_path / "absent")))
    limit.write_text("max\n")
    of_machine = device_bytes("cpu")
    limit.write_text("1048576\n")
    assert device_bytes("cpu") == 1048576 < of_machine


def test_evaluation_is_bounded_in_images_and_pixels():
    """Large images come in smaller batches, but never smaller than a training batch."""
    spec = make_spec({"data": {"batch_size": 64}})
    assert eval_batch(spec, (1, 8, 8), "cpu") == memory.CPU_EVAL_IMAGES
    assert eval_batch(spec, (1, 8, 8), "cuda") == memory.EVAL_IMAGES
    assert eval_batch(spec, (3, 512, 512), "cpu") == 64


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_a_stack_stays_within_its_estimate():
    """Peak memory of a real stack of 32 wide networks, above that of a stack of 2, is at most what was estimated."""
    peaks = [_peak_bytes(n_members) for n_members in (2, 32)]
    spec = make_spec({"model": {"name": "mlp", "hidden": [1024]}, "data": {"batch_size": 256}})
    estimate = 30 * estimate_needs(spec, sizes_of((1, 8, 8)), "cpu").member
    assert 0.2 * estimate < peaks[1] - peaks[0] < 1.1 * estimate


def _peak_bytes(n_members: int) -> int:
    code = f"""
from lrsearch.spec import make_spec
from lrsearch.plans import Worker
from lrsearch.records import Trial
from lrsearch.training.torch_trainer import make_trainer
from lrsearch.executors import StopSwitch
model = {{"name": "mlp", "hidden": [1024]}}
spec = make_spec({{"model": model, "data": {{"batch_size": 256}}, "run": {{"engine": "population"}}}})
train = make_trainer(spec, Worker(device="cpu", threads=1, stack_size={n_members}))
trials = tuple(Trial(number=n, proposal=n, lr=0.01, horizon=1, until=1) for n in range({n_members}))
list(train(trials, StopSwitch()))
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return 1024 * int(done.stdout)


def test_an_estimate_imports_no_compiler():
    """Tensors without data would tell the same shapes, but make torch import its compiler, which takes seconds."""
    code = """
import sys
from lrsearch.spec import make_spec
from lrsearch.training.torch_trainer import prepare
for model in ("mlp", "cnn", "convnet"):
    prepare(make_spec({"model": model, "data": {"dataset": {"name": "synthetic", "shape": [3, 32, 32]}}}))
sys.exit(bool({"torch._dynamo", "sympy"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_weights_beyond_the_memory_are_not_made(tmp_path, monkeypatch):
    """Their number alone is enough: no trial of them fits into a container of 1 GiB."""
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(data_memory, "_CGROUP_LIMITS", (str(limit), str(tmp_path / "absent")))
    limit.write_text(f"{2**30}\n")
    spec = make_spec({"model": {"name": "mlp", "hidden": [30_000, 30_000]}})
    assert estimate_needs(spec, sizes_of((1, 8, 8)), "cpu").most_members() == 0
