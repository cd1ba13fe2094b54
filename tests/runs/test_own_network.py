"""Runs with a network of your own, from Python: one network for all rates and for every session."""

import json

import numpy as np
import pytest
import torch
from torch import nn

import lrsearch
from factories import stop_after
from lrsearch.errors import DataError, UsageError
from lrsearch.interfaces import Listener
from lrsearch.range_test import RangeOptions
from lrsearch.records import Result
from lrsearch.spec import make_spec

SPEC = make_spec({"search": {"lr": [1e-5, 0.05, 0.1]}, "train": {"epochs": 1}, "data": {"batch_size": 20}})
LEARNS = make_spec({"search": {"lr": [0.05, 0.07, 0.1]}, "train": {"epochs": 4}, "data": {"batch_size": 20}})
ONE = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))


def arrays(n=240):
    """Images whose brightness is their class."""
    y = np.arange(n) % 3
    noise = np.random.default_rng(0).integers(0, 60, (n, 6, 6))
    return {"x_train": (noise + 80 * y[:, None, None]).astype(np.uint8), "y_train": y}


def network(layers=1):
    """A new network; with two layers a deeper one."""
    return nn.Sequential(nn.Flatten(), *(nn.Linear(36, 36) for _ in range(layers - 1)), nn.Linear(36, 3))


def small():
    """As `network`, but it begins with other weights."""
    made = network()
    with torch.no_grad():
        made[1].weight *= 0.5
    return made


def interrupted(folder, model=network):
    """A run with one of its three results."""
    own = {"model": model, "data": arrays()}
    assert not lrsearch.run_search(SPEC, runs_dir=folder, name="own", **stop_after(1), **own).finished


def test_one_network_for_all_rates_is_refused_before_a_run_is_made(tmp_path):
    """Each rate would go on from the weights of the rate before it; so would a range test."""
    for search in (lrsearch.run_search, lrsearch.run_range):
        with pytest.raises(UsageError, match="build a new network"):
            search(SPEC, runs_dir=tmp_path, model=lambda: ONE, data=arrays())
    assert not list(tmp_path.iterdir())


def test_a_network_that_comes_again_during_the_search_ends_it(tmp_path):
    """A function that hands out a few in turn: what was trained before stands, nothing is trained twice."""
    torch.manual_seed(0)
    pool, calls = [network() for _ in range(4)], iter(range(100))
    with pytest.raises(UsageError, match="returned the same weights twice"):
        lrsearch.run_search(
            LEARNS, runs_dir=tmp_path, name="own", model=lambda: pool[min(next(calls), 3)], data=arrays()
        )
    assert [result.state for result in lrsearch.load_run(tmp_path / "own").results] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("other", "words"), [(lambda: network(2), "other names or shapes"), (small, "begins with other weights")]
)
def test_a_resume_with_another_network_is_refused(tmp_path, other, words):
    """Two networks would stand in one ranking."""
    interrupted(tmp_path)
    before = (tmp_path / "own" / "run.json").read_bytes()
    with pytest.raises(UsageError, match=f"own: the network is not the one that the run was made with.*{words}"):
        lrsearch.resume_run("own", runs_dir=tmp_path, model=other, data=arrays())
    assert (tmp_path / "own" / "run.json").read_bytes() == before
    assert lrsearch.resume_run("own", runs_dir=tmp_path, model=network, data=arrays()).finished


def test_on_another_machine_the_weights_may_begin_otherwise(tmp_path):
    """Another version of torch may draw others from a seed; names and shapes are compared all the same."""
    interrupted(tmp_path)
    path = tmp_path / "own" / "run.json"
    values = json.loads(path.read_text())
    values["versions"]["torch"] = "1.0"
    path.write_text(json.dumps(values))
    with pytest.raises(UsageError, match="other names or shapes"):
        lrsearch.resume_run("own", runs_dir=tmp_path, model=lambda: network(2), data=arrays())
    assert lrsearch.resume_run("own", runs_dir=tmp_path, model=small, data=arrays()).finished


def test_a_run_without_a_fingerprint_takes_any_network(tmp_path):
    """Runs of earlier versions can be resumed; from then on they have one."""
    interrupted(tmp_path)
    path = tmp_path / "own" / "run.json"
    values = json.loads(path.read_text())
    values["task"]["network"] = None
    path.write_text(json.dumps(values))
    run = lrsearch.resume_run("own", runs_dir=tmp_path, model=network, data=arrays(), **stop_after(1))
    assert run.manifest.task.network is not None
    with pytest.raises(UsageError, match="is not the one"):
        lrsearch.resume_run("own", runs_dir=tmp_path, model=small, data=arrays())


@pytest.mark.parametrize("arm", ["", "wide"])
@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"shapes": "other"}, "other names or shapes"),
        ({"start": "other"}, "begins with other weights"),
    ],
)
def test_a_built_in_network_that_a_version_builds_otherwise_is_refused(tmp_path, arm, edit, words):
    """Also one that only an arm has; the line names the version that built it."""
    arms = {"arms": {"narrow": {"model.width": 1}, "wide": {"model.width": 2}}} if arm else {}
    base = {"data": {"train_size": 100, "batch_size": 20}, "train": {"epochs": 1}, "search": {"lr": [0.1, 0.01]}}
    spec = {**base, **arms, "run": {"engine": "single", "executor": "inline"}}
    lrsearch.run_search(spec, runs_dir=tmp_path, name="run", progress=False, **stop_after(1))
    path = tmp_path / "run" / "run.json"
    values = json.loads(path.read_text())
    task = (values["arms"][arm] if arm else values)["task"]
    assert task["network"]["start"]
    task["network"].update(edit)
    path.write_text(json.dumps(values))
    of_arm = "arm wide: " if arm else ""
    problem = rf"^run: {of_arm}the network is not .*, because .*{words}; resume the run with lrsearch 0\.1\.0, or start"
    with pytest.raises(UsageError, match=problem):
        lrsearch.resume_run("run", runs_dir=tmp_path, progress=False)


def fail(event):
    """A listener with a bug."""
    if isinstance(event, Result):
        raise ZeroDivisionError


@pytest.mark.parametrize("ends_in", ["result", "error"])
def test_threads_and_random_numbers_are_those_of_before(tmp_path, ends_in):
    """After a search of either engine, a range test and a resume, also where they raise."""
    torch.set_num_threads(2)
    state = torch.get_rng_state()
    own = {"runs_dir": tmp_path, "data": arrays(), "model": network}
    heard = {"listener": Listener(saw=fail)} if ends_in == "error" else {}
    spec = make_spec({"search": {"lr": [0.05, 0.1]}, "train": {"epochs": 1}, "run": {"engine": "single"}})
    calls = [
        lambda: lrsearch.run_search(spec, name="own", **own, **heard),
        lambda: lrsearch.run_search(make_spec({"search": {"points": 2}}), name="stack", runs_dir=tmp_path, **heard),
        lambda: lrsearch.run_range(SPEC, RangeOptions(n_seeds=1), **own, **heard),
        lambda: lrsearch.resume_run("partly", **own, **heard),
    ]
    lrsearch.run_search(spec, name="partly", **own, **stop_after(1))
    for call in calls:
        if ends_in == "error":
            with pytest.raises(ZeroDivisionError):
                call()
        else:
            call()
        assert torch.get_num_threads() == 2
        assert torch.equal(torch.get_rng_state(), state)


def test_data_that_change_between_preparation_and_training_end_the_search(tmp_path):
    """The results so far stand; none is added on other data."""
    data = arrays()

    def change(run, n_trials):
        data["y_train"][:] = data["y_train"][::-1].copy()

    with pytest.raises(DataError, match="have changed since the search began"):
        lrsearch.run_search(
            SPEC, runs_dir=tmp_path, name="own", model=network, data=data, listener=Listener(started=change)
        )
    assert not lrsearch.load_run(tmp_path / "own").results
