"""Trainings on texts and tables: classes and numbers, alone and stacked, and to the bit after a resume."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from lrsearch.analysis.ranking import predicts_numbers
from lrsearch.catalog import METRICS, computed_metrics
from lrsearch.errors import SpecError
from lrsearch.records import NUMBER_METRICS
from lrsearch.spec import make_spec
from lrsearch.training.criterion import example_losses, mean_loss
from lrsearch.training.setup import prepare, reported

DIABETES = {"data": {"dataset": "diabetes", "batch_size": 32}}


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """Sixty reviews, in which one word tells the class."""
    draw, file = random.Random(0), tmp_path_factory.mktemp("reviews") / "reviews.csv"
    lines = ["text,label"]
    for i in range(60):
        words = [draw.choice(["the", "film", "a", "plot", "it", "was"]) for _ in range(draw.randint(2, 7))]
        lines.append(f"{' '.join([*words, ('good', 'bad')[i % 2]])},{('pos', 'neg')[i % 2]}")
    file.write_text("\n".join(lines))
    dataset = {"name": "text", "length": 8, "vocabulary": 50}
    return {"data": {"dataset": dataset, "path": str(file), "batch_size": 8}}


@pytest.mark.parametrize(
    "model", [{"name": "lstm", "dropout": 0.2}, {"name": "gru", "bidirectional": True}, {"name": "bow"}]
)
def test_texts_are_learned(train, reviews, model):
    """Every network for texts finds the word that tells the class."""
    result = train(0.1, epochs=12, model_options={"embedding": 8, **model}, **reviews)
    assert (result.state, result.learned) == ("ok", True)
    assert result.score > 0.8


def test_the_gradients_of_the_embedding_are_the_first_layers(train, reviews):
    """So vanishing gradients are seen in grad_norm_first; padding never gets a gradient."""
    result = train(0.01, epochs=1, model_options="lstm", **reviews)
    assert 0 < result.points[0].metrics["grad_norm_first"] < result.points[0].metrics["grad_norm_last"]


def test_a_regression_is_learned(train):
    """R squared is above 0, and the metrics have the unit of the target."""
    result = train(0.005, epochs=8, **DIABETES)
    metrics = result.points[-1].metrics
    assert (result.state, result.learned, result.correct) == ("ok", True, None)
    assert set(reported("regression")) == set(metrics)
    assert result.score == metrics["r2"] > 0.3
    assert metrics["r2"] == pytest.approx(float(np.frombuffer(result.values, np.float32).mean()), abs=1e-6)
    assert 30 < metrics["mae"] < metrics["mse"] ** 0.5 < 70


def test_a_regression_that_predicts_the_mean_has_not_learned(train):
    """A rate that changes nothing leaves a network no better than the mean."""
    result = train(1e-9, epochs=1, **DIABETES)
    assert (result.state, result.learned) == ("ok", False)
    assert result.untrained_loss == pytest.approx(result.points[0].train_loss, rel=0.2)


def test_a_network_of_ones_own_may_learn_numbers(train):
    """Its output is (B, 1), or (B,)."""
    shapes = (torch.nn.Identity(), torch.nn.Flatten(0))
    results = [
        train(0.01, epochs=2, model=lambda last=last: torch.nn.Sequential(torch.nn.Linear(10, 1), last), **DIABETES)
        for last in shapes
    ]
    assert results[0].score == pytest.approx(results[1].score)


def test_regression_metrics_are_those_of_scikit_learn():
    """The field's own definitions."""
    from sklearn import metrics

    draw = np.random.default_rng(0)
    labels, answers = draw.normal(size=50), draw.normal(size=50)
    found = computed_metrics(labels, answers, (labels - answers) ** 2, task="regression")
    assert found["r2"] == pytest.approx(metrics.r2_score(labels, answers))
    assert found["mse"] == pytest.approx(metrics.mean_squared_error(labels, answers))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(labels, answers))
    assert {name for name, metric in METRICS.items() if metric.tasks == ("regression",)} == set(NUMBER_METRICS)


def test_noise_has_not_learned():
    """Predictions that do not depend on the examples pass about as rarely as the level says."""
    draw = np.random.default_rng(1)
    passed = [
        predicts_numbers(labels, draw.normal(scale=0.3, size=40), level=0.05) for labels in draw.normal(size=(200, 40))
    ]
    assert sum(passed) <= 10
    assert not predicts_numbers(np.ones(5), np.ones(5))


def test_losses_of_classes_and_of_numbers():
    """Of a stack, member by member; numbers have squared errors."""
    draw = torch.Generator().manual_seed(0)
    outputs, classes = torch.randn(3, 5, 4, generator=draw), torch.randint(0, 4, (5,), generator=draw)
    stacked = example_losses(outputs, classes.expand(3, 5))
    assert torch.equal(stacked[1], example_losses(outputs[1], classes))
    assert float(stacked[2].mean()) == pytest.approx(float(mean_loss(outputs[2], classes)))
    numbers = torch.tensor([0.0, 1.0, 3.0])
    assert example_losses(torch.tensor([[1.0], [1.0], [1.0]]), numbers).tolist() == [1.0, 0.0, 4.0]


@pytest.mark.parametrize(
    ("values", "model", "metric"),
    [
        ({}, "mlp", "val_accuracy"),
        ({"data": {"dataset": "imdb"}}, "lstm", "val_accuracy"),
        ({"data": {"dataset": "diabetes"}}, "mlp", "r2"),
        ({"data": {"dataset": "diabetes"}, "search": {"metric": "mae"}}, "mlp", "mae"),
        ({"data": {"dataset": "imdb"}, "model": {"hidden": 9}}, "lstm", "val_accuracy"),
        ({"data": {"dataset": {"name": "table", "task": "regression"}, "path": "x.csv"}}, "mlp", "r2"),
    ],
)
def test_model_and_metric_follow_from_the_data(values, model, metric):
    """A spec that names none gets what fits."""
    spec = make_spec(values)
    assert (spec.model.name, spec.search.metric.name) == (model, metric)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"data": {"dataset": "imdb"}, "model": "cnn"}, "'cnn' takes images; imdb has texts; choose lstm, gru or bow"),
        ({"model": "lstm"}, "'lstm' takes texts; digits has images; choose mlp, cnn, convnet or resnet18"),
        ({"data": {"dataset": "wine"}, "search": {"metric": "r2"}}, "wine is a classification, which has no r2"),
        ({**DIABETES, "search": {"metric": "macro_f1"}}, "diabetes is a regression, which has no macro_f1"),
        ({**DIABETES, "train": {"label_smoothing": 0.1}}, "diabetes is a regression, which has no classes"),
        ({**DIABETES, "train": {"class_weights": "balanced"}}, "diabetes is a regression, which has no classes"),
        ({"data": {"dataset": "wine", "augment": "flip-crop"}}, "flip-crop changes images; wine has rows"),
        ({"data": {"dataset": "wine", "batch_size": 200}}, "200 exceeds the 119 training rows"),
        ({"data": {"dataset": "text"}}, "dataset 'text' is read from files; set data.path to"),
        (
            {"data": {"dataset": {"name": "imdb", "vocabulary": 10**7}}, "model": {"embedding": 200}},
            "lstm would have 2,000,0.* weights; at most 1,000,000,000 are allowed; lower embedding or hidden",
        ),
    ],
)
def test_what_does_not_fit_is_said(values, message):
    """In the spec, before any file is opened."""
    with pytest.raises(SpecError, match=message):
        make_spec(values)


def test_a_plan_says_that_an_lstm_trains_alone(reviews):
    """The engine's reason is in the plan; a table trains as a stack."""
    alone = prepare(make_spec({**reviews, "run": {"device": "cpu"}}), 4).plan
    assert (alone.engine.value, alone.engine.reason) == ("single", "lstm cannot be stacked")
    assert prepare(make_spec({**DIABETES, "run": {"device": "cpu"}}), 4).plan.engine.value == "population"
