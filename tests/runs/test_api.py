"""From Python: what a notebook does."""

import contextlib
from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

import lrsearch
from factories import stop_after
from lrsearch.analysis.range.ramp import Ramp
from lrsearch.errors import UsageError
from lrsearch.interfaces import Listener
from lrsearch.range_test import RangeOptions
from lrsearch.records import Point, Result
from lrsearch.spec import make_spec
from lrsearch.training.setup import prepare


def arrays(n=240):
    """Images whose brightness is their class."""
    y = np.arange(n) % 3
    noise = np.random.default_rng(0).integers(0, 60, (n, 6, 6))
    return {"x_train": (noise + 80 * y[:, None, None]).astype(np.uint8), "y_train": y}


def network():
    """A network of one's own."""
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 3))


SPEC = make_spec({"search": {"lr": [1e-3, 0.05]}, "train": {"epochs": 3}, "data": {"batch_size": 20}})
SHORT = RangeOptions(Ramp(steps=30), 1)


@pytest.fixture
def no_pictures(monkeypatch):
    """Pictures of a range test take a second: tests that are not about them leave them out."""
    monkeypatch.setattr("lrsearch.range_test.plot.range_pictures", lambda *_: {})


def test_a_search_in_three_lines(tmp_path):
    """load_spec, run_search, best."""
    spec = lrsearch.load_spec(None, ["search.points=4", "train.epochs=4"])
    run = lrsearch.run_search(spec, strategy="grid", runs_dir=tmp_path)
    assert run.finished
    assert run.best.val_accuracy > 0.8
    assert lrsearch.load_run(run.path).ranking == run.ranking


def test_a_network_and_arrays_of_ones_own(tmp_path):
    """Both are used, and a resume asks for them again."""
    own = {"model": network, "data": arrays()}
    run = lrsearch.run_search(SPEC, runs_dir=tmp_path, name="own", **stop_after(1), **own)
    assert not run.finished
    with pytest.raises(UsageError, match="made with your own data and model"):
        lrsearch.resume_run("own", runs_dir=tmp_path)
    run = lrsearch.resume_run("own", runs_dir=tmp_path, **own)
    assert run.finished
    assert len(run.results) == 2
    assert run.best.val_accuracy > 0.9
    assert run.manifest.task.name == "own"


def test_the_listener_hears_every_epoch(tmp_path):
    """Points and results come as they happen."""
    heard = []
    lrsearch.run_search(SPEC, runs_dir=tmp_path, model=network, data=arrays(), listener=Listener(saw=heard.append))
    assert sum(isinstance(event, Point) for event in heard) == 6
    assert sum(isinstance(event, Result) for event in heard) == 2


def test_an_unknown_name_is_an_attribute_error():
    """The lazy package behaves like any other."""
    with pytest.raises(AttributeError, match="has no attribute 'grid'"):
        getattr(lrsearch, "grid")  # noqa: B009  (the attribute access is what is tested)
    assert set(lrsearch.__all__) <= set(dir(lrsearch))


@pytest.fixture
def with_gpu(analytic, monkeypatch):
    """The real preparation before the formula, and a context in which this machine has a GPU."""
    monkeypatch.setattr("lrsearch.training.analytic.prepare", prepare)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)

    @contextlib.contextmanager
    def gpu():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("torch.cuda.is_available", lambda: True)
            patch.setattr("torch.cuda.device_count", lambda: 1)
            patch.setattr("torch.cuda.get_device_name", lambda _: "a GPU")
            patch.setattr("torch.cuda.get_device_capability", lambda _: (9, 0))
            patch.setattr("torch.cuda.get_device_properties", lambda _: SimpleNamespace(total_memory=1 << 36))
            yield

    return gpu


def resolved(run, arm=""):
    """Device and precision, as the spec and the manifest have them."""
    spec, plan = run.arms[arm], run.manifest.plan_of(arm)
    assert (spec.run.device, spec.train.precision) == (plan.device.value, plan.precision.value)
    return spec.run.device, spec.train.precision


@pytest.mark.parametrize(("asked", "then", "now"), [("auto", "bf16", "fp32"), ("bf16", "bf16", "bf16")])
def test_a_run_goes_on_without_the_gpu_that_it_began_on(with_gpu, tmp_path, asked, then, now):
    """With a warning; what was left to the machine is resolved for this one, and what was asked for stays."""
    spec = {"model": "cnn", "search": {"lr": [0.1, 0.01]}, "train": {"precision": asked}}
    with with_gpu():
        cut = lrsearch.run_search(spec, runs_dir=tmp_path, **stop_after(1))
    assert resolved(cut) == ("cuda:0", then)
    done = lrsearch.resume_run(cut.path)
    assert done.finished
    assert resolved(done) == ("cpu", now)
    (warning,) = [line for line in done.warnings if "cuda:0" in line]
    assert "cpu" in warning
    assert done.manifest.sessions[0].warnings == ()


def test_each_arm_without_the_gpu_keeps_what_it_asked_for(with_gpu, tmp_path):
    """Only the precision that the machine had chosen is chosen anew."""
    arms = {"left": {"train.precision": "auto"}, "asked": {"train.precision": "bf16", "train.clip_norm": 1.0}}
    spec = {"model": "cnn", "search": {"lr": [0.1, 0.01]}, "arms": arms}
    with with_gpu():
        cut = lrsearch.run_search(spec, runs_dir=tmp_path, **stop_after(1))
    assert [resolved(cut, arm) for arm in arms] == [("cuda:0", "bf16")] * 2
    done = lrsearch.resume_run(cut.path)
    assert done.finished
    assert {arm: resolved(done, arm) for arm in arms} == {"left": ("cpu", "fp32"), "asked": ("cpu", "bf16")}


def test_a_run_that_began_without_a_gpu_goes_on_as_it_began(with_gpu, tmp_path):
    """A resume repeats what was resolved, whatever the machine has since got."""
    cut = lrsearch.run_search({"model": "cnn", "search": {"lr": [0.1, 0.01]}}, runs_dir=tmp_path, **stop_after(1))
    with with_gpu():
        done = lrsearch.resume_run(cut.path)
    assert resolved(done) == resolved(cut) == ("cpu", "fp32")
    assert not any("cuda" in line for line in done.warnings)


def test_a_resume_that_would_be_another_search_changes_nothing(analytic, tmp_path):
    """It is refused, and the folder is as it was."""
    run = lrsearch.run_search({"search": {"points": 4}}, runs_dir=tmp_path)
    before = {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
    with pytest.raises(UsageError, match=r"train\.epochs"):
        lrsearch.resume_run(run.path, changes={"train.epochs": 99})
    assert {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(("name", "strategy"), [("taken", "grid"), (None, "no such strategy")])
def test_what_cannot_be_is_refused_before_data_are_opened(analytic, monkeypatch, tmp_path, name, strategy):
    """A name that is taken, a strategy that there is not: nothing is prepared, nothing is written."""
    lrsearch.run_search({"search": {"points": 2}}, runs_dir=tmp_path, name="taken")
    monkeypatch.setattr("lrsearch.training.analytic.prepare", lambda *_, **__: pytest.fail("it was prepared"))
    with pytest.raises(UsageError):
        lrsearch.run_search({}, strategy, runs_dir=tmp_path, name=name)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["taken"]


def test_a_resume_that_needs_nothing_of_ones_own_refuses_it(tmp_path):
    """The run was made with the network of its spec."""
    lrsearch.run_search(SPEC, runs_dir=tmp_path, name="plain", **stop_after(1))
    with pytest.raises(UsageError, match="resume the run without model="):
        lrsearch.resume_run("plain", runs_dir=tmp_path, model=network)


@pytest.mark.usefixtures("no_pictures")
def test_progress_is_shown_on_stderr(tmp_path, capsys):
    """As on the command line; stdout stays clean."""
    lrsearch.run_search(SPEC, runs_dir=tmp_path, name="own", model=network, data=arrays())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("own · ")
    assert "[2/2] lr " in err
    lrsearch.run_range({"data": {"batch_size": 20}}, SHORT, runs_dir=tmp_path, model=network, data=arrays())
    out, err = capsys.readouterr()
    assert (out, err) == ("", "range test: ramps\nrange test: probes\n")


@pytest.mark.usefixtures("no_pictures")
def test_progress_is_quiet_on_request(tmp_path, capsys):
    """With `progress=False`, and where the caller listens."""
    own = {"runs_dir": tmp_path, "model": network, "data": arrays()}
    lrsearch.run_search(SPEC, name="own", progress=False, **own)
    lrsearch.resume_run("own", changes={"search.repeats": 2}, listener=Listener(), **own)
    lrsearch.run_range({"data": {"batch_size": 20}}, SHORT, progress=False, **own)
    assert capsys.readouterr() == ("", "")
