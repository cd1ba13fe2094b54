"""From Python: what a notebook does."""

import numpy as np
import pytest
from torch import nn

import lrsearch
from factories import stop_after
from lrsearch.errors import UsageError
from lrsearch.interfaces import Listener
from lrsearch.records import Point, Result
from lrsearch.spec import make_spec


def arrays(n=240):
    """Images whose brightness is their class."""
    y = np.arange(n) % 3
    noise = np.random.default_rng(0).integers(0, 60, (n, 6, 6))
    return {"x_train": (noise + 80 * y[:, None, None]).astype(np.uint8), "y_train": y}


def network():
    """A network of one's own."""
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 3))


SPEC = make_spec({"search": {"lr": [1e-3, 0.05]}, "train": {"epochs": 3}, "data": {"batch_size": 20}})


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
    with pytest.raises(UsageError, match="from Python with arrays and model"):
        lrsearch.resume_run("own", runs_dir=tmp_path)
    run = lrsearch.resume_run("own", runs_dir=tmp_path, **own)
    assert run.finished
    assert len(run.results) == 2
    assert run.best.val_accuracy > 0.9
    assert run.manifest.facts.dataset == "own"


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
