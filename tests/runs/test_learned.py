"""Whole searches on data made to mislead the judgement of what learned: states, warnings, the stability limit."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch import run_search
from lrsearch.analysis.ranking import first_collapse
from lrsearch.data import load_arrays
from lrsearch.spec import make_spec

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def states(tmp_path):
    """Search a few rates, and return the run and the state of each rate."""

    def search(lrs, arrays, **spec):
        values = {"name": "made", "model": "mlp", "search": {"lr": lrs}, **spec}
        run = run_search(values, "grid", runs_dir=tmp_path, data=arrays, progress=False)
        return run, {row.lr: row.state for row in run.ranking.rows}

    return search


def mixed(x, y):
    """Images and classes in random order."""
    order = np.random.default_rng(1).permutation(len(y))
    return {"x_train": x[order], "y_train": y[order]}


def rows_lit(counts, size=8, light=25, noise=40.0):
    """Noise in which the row with the number of the class is a little lighter."""
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.random.default_rng(0).normal(100, noise, (len(y), size, size))
    for label in range(len(counts)):
        x[y == label, label] += light
    return x.clip(0, 255).astype(np.uint8), y


def test_a_rare_class_that_is_found(states):
    """1 % of the images show a bright bar: a network that finds them all is hardly more accurate than a constant."""
    x = np.random.default_rng(0).integers(0, 80, (3000, 12, 12), dtype=np.uint8)
    y = (np.arange(3000) < 30).astype(int)
    x[y == 1, 5] = 255
    run, found = states([1e-5, 0.05, 0.1], mixed(x, y), train={"epochs": 2})
    assert found == {1e-5: "not yet", 0.05: "ok", 0.1: "ok"}
    assert run.best.val_accuracy == 1.0


def test_an_epoch_that_began_badly(states):
    """Losses of 6 and 40 in the middle of the only epoch do not count once the network is right everywhere."""
    x, y = rows_lit([400, 400, 400], light=120, noise=20.0)
    train = {"epochs": 1, "optimizer": "adam"}
    run, found = states([0.003, 0.1], mixed(x, y), model="cnn", train=train)
    assert min(row.val_accuracy for row in run.ranking.rows) > 0.98
    blown = next(result for result in run.results if result.trial.lr == 0.1)
    assert blown.points[0].train_loss > 2 * np.log(3), "the epoch must have begun badly"
    assert set(found.values()) == {"ok"}
    assert first_collapse(run.ranking) is None


def test_skewed_classes(states):
    """Three classes of 300, 120 and 60 images: 70 % right and a loss below the entropy is not chance level."""
    run, found = states([1e-4, 0.04, 0.16], mixed(*rows_lit([300, 120, 60])), train={"epochs": 3})
    assert found == {1e-4: "not yet", 0.04: "ok", 0.16: "ok"}
    assert run.best.val_loss < run.manifest.task.baseline("train_loss").constant


def test_a_high_rate_that_learned_less(states):
    """The rate 1 of configs/smoke.yaml: 62 % of four classes are far above chance, in spite of its loss of 17."""
    data = {"dataset": {"name": "synthetic", "shape": [1, 8, 8], "classes": 4, "size": 400}, "batch_size": 32}
    model = {"name": "mlp", "hidden": [16]}
    run, found = states([0.001, 0.03, 1.0], None, data=data, model=model, train={"epochs": 2})
    assert found[0.001] == "not yet"
    assert found[1.0] in {"ok", "too high"}
    assert first_collapse(run.ranking) is None


def test_skewed_classes_and_rates_far_too_low(states):
    """The loss of an untrained network is far above the entropy of the classes: that is no collapse."""
    run, found = states([1e-7, 1e-5], mixed(*rows_lit([950, 30, 20])), train={"epochs": 2})
    assert set(found.values()) == {"not yet"}
    assert run.warnings == ("no rate up to 1e-05 learned; search higher rates, or train for more epochs",)


def test_other_frequencies_in_the_validation_part(states):
    """Trained on even classes and judged on 95 to 5: whichever class is the frequent one, the verdicts are the same."""
    x, y = rows_lit([500, 500])
    x_val, y_val = rows_lit([570, 30])
    for names in (np.array([0, 1]), np.array([1, 0])):
        data = {**mixed(x, names[y]), "x_val": x_val, "y_val": names[y_val]}
        run, found = states([1e-4, 0.01, 0.05], data, train={"epochs": 3})
        assert found.pop(1e-4) == "not yet"
        assert set(found.values()) <= {"ok", "too low"}
        assert run.best.val_accuracy < run.manifest.task.baseline("val_accuracy").constant == 0.95


def test_classes_evened_out_by_weights(states):
    """Trained with class weights, judged on natural shares: the names of the classes change no verdict."""
    x, y = rows_lit([900, 60])
    verdicts = []
    for names in (np.array([0, 1]), np.array([1, 0])):
        train = {"epochs": 3, "class_weights": "balanced"}
        _, found = states([1e-5, 0.01, 0.05], mixed(x, names[y]), train=train)
        verdicts.append(found)
    assert verdicts[0] == verdicts[1]
    assert verdicts[0].pop(1e-5) == "not yet"
    assert set(verdicts[0].values()) <= {"ok", "too low"}


def test_classes_that_nobody_can_learn(states):
    """Random classes, learned by heart: training did not break, and no rate is better than chance."""
    rng = np.random.default_rng(0)
    data = {
        "x_train": rng.integers(0, 256, (200, 8, 8), dtype=np.uint8),
        "y_train": rng.permutation(np.arange(200) % 2),
    }
    run, found = states([0.05, 0.1], data, train={"epochs": 30})
    assert set(found.values()) == {"cannot tell"}
    assert run.best is None
    (warning,) = run.warnings
    assert warning.startswith("no rate is better than chance on 66 validation images, though the loss fell")


def test_real_digits_of_a_rare_class_and_a_high_rate_of_one_epoch(states, shared_data):
    """MNIST: "is it a 0" with a share of 2 %, and Adagrad at 0.316; neither is at chance level, far from it."""
    images = load_arrays(make_spec({"data": {"dataset": "mnist", "root": str(shared_data)}}).data)
    zero = np.flatnonzero(images.y_train == 0)[:100]
    other = np.flatnonzero(images.y_train != 0)[:4900]
    chosen = np.concatenate([zero, other])
    rare = mixed(images.x_train[chosen], (images.y_train[chosen] == 0).astype(int))
    run, found = states([1e-6, 0.03, 0.1], rare, train={"epochs": 3})
    assert found == {1e-6: "not yet", 0.03: "ok", 0.1: "ok"}
    assert run.manifest.task.baseline("val_accuracy").constant == pytest.approx(0.98)
    assert run.best.val_accuracy < 1.0
    all_digits = mixed(images.x_train[:12000], images.y_train[:12000])
    run, found = states([0.01, 0.316], all_digits, train={"epochs": 1, "optimizer": "adagrad"})
    assert "collapsed" not in found.values()
    assert min(row.val_accuracy for row in run.ranking.rows) > 0.6
