"""The lines around the table, and the command that goes on."""

from dataclasses import replace

import pytest

from factories import make_result, make_run
from lrsearch.reporting.terminal import footer_lines, header_line, next_command
from lrsearch.runs.dropped import write_dropped
from lrsearch.store import RunFolder


def test_the_setting_is_told_in_full(run_of):
    """It names all that moves the best rate."""
    train = {
        "optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True},
        "schedule": "cosine",
        "warmup": 0.1,
        "label_smoothing": 0.1,
        "clip_norm": 1.0,
        "early_stopping": {"patience": 2},
    }
    run = run_of(train=train, points=5)
    (line,) = [line for line in footer_lines(run, "runs/x") if line.startswith("measured with: ")]
    for words in ("mlp, hidden 64", "sgd, momentum 0.9, nesterov", "cosine after warm-up", "batch 64", "20 epochs"):
        assert words in line
    for words in ("label smoothing 0.1", "clip norm 1.0", "early stopping", "1,000 images of analytic"):
        assert words in line


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({"lr": {"low": 1e-3, "high": 50.0}, "points": 9}, "lrsearch resume x --refine 4 --confirm 3"),
        ({"lr": {"low": 1e-5, "high": 1e-2}, "points": 4}, "lrsearch resume x --extend"),
        ({"lr": {"low": 0.2, "high": 0.9}, "points": 4}, "lrsearch resume x --extend"),
        ({"lr": {"low": 2.0, "high": 50.0}, "points": 4}, "--low 0.002 --high 2"),
        ({"lr": {"low": 1e-9, "high": 1e-7}, "points": 4}, "--low 1e-07 --high 0.0001"),
        ({"lr": [0.05, 0.1, 0.2], "points": None}, "lrsearch resume x --refine 4 --confirm 3"),
        ({"lr": {"low": 1e-3, "high": 50.0}, "points": 5, "repeats": 2}, "lrsearch resume x --refine 4"),
        ({"lr": {"low": 1e-3, "high": 50.0}, "points": 25, "repeats": 2}, "lrsearch train x"),
    ],
)
def test_the_next_command_follows_from_the_outcome(run_of, search, expected):
    """Refine, go lower or higher, or look at the results."""
    assert expected in next_command(run_of(**search), "x")


def test_if_all_rates_are_left_out_they_come_back_next(tmp_path):
    """`show` would say the same again."""
    folder = RunFolder(tmp_path)
    run = replace(make_run([make_result(0.1, number=0)], spec={"search": {"lr": [0.1]}}, n_trials=1), folder=folder)
    write_dropped(tmp_path, [0.1])
    assert next_command(run, "x") == "lrsearch drop x --undo"


def test_the_noise_is_told_or_that_it_is_not_known(run_of):
    """One seed each: nothing tells how far chance goes."""
    one, three = run_of(points=5), run_of(points=5, repeats=3)
    assert "one seed" in footer_lines(one, "x")[0]
    assert "the seed noise was not measured; --confirm 3 measures the noise" in footer_lines(one, "x")[2]
    assert "mean over 3 seeds" in footer_lines(three, "x")[0]
    assert "seed noise: standard deviation " in footer_lines(three, "x")[2]
    assert "5 rates x 3 seeds" in header_line(three)


def test_no_rate_that_learned_names_the_highest_tried(run_of):
    """Search higher than what was tried, not than what was ranked last."""
    run = run_of(lr={"low": 1e-9, "high": 1e-7}, points=4)
    assert "! no rate up to 1e-07 learned; search higher rates, or train for more epochs" in footer_lines(run, "x")


def test_the_next_range_may_be_narrow():
    """Its ends have as many digits as tell them apart, and stay where they are."""
    results = [
        make_result(1.0001, 0.1, number=0, learned=False),
        make_result(1.0004, None, number=1, state="diverged"),
    ]
    spec = {"search": {"lr": {"low": 1.0001, "high": 1.0004}, "points": 2}}
    run = make_run(results, spec=spec, n_trials=2)
    assert next_command(run, "x").endswith("--low 1.0001 --high 1.0004")
