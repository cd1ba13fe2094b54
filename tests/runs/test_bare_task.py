"""A run whose trainer knows nothing of its task: what is unknown is left out, and nothing is guessed."""

from __future__ import annotations

import json

import pytest

import lrsearch
from factories import stop_after
from lrsearch.errors import UsageError
from lrsearch.reporting.compare import make_sides, why_not_comparable
from lrsearch.reporting.page import report_page
from lrsearch.reporting.terminal import footer_lines
from lrsearch.runs.timing import search_timer
from lrsearch.spec import make_spec

SPEC = {"train": {"epochs": 5}, "search": {"lr": [1e-4, 0.03, 0.1, 0.3, 3.0, 30.0]}}


@pytest.fixture
def run(tmp_path, bare_trainer):
    """A grid whose highest rates fell to chance level, and diverged."""
    return lrsearch.run_search(SPEC, runs_dir=tmp_path, name="bare", progress=False)


def test_nothing_is_called_collapsed(run):
    """Whether a network learned is unknown; what diverged did."""
    states = {row.lr: row.state for row in run.ranking.rows}
    assert (states[0.1], states[30.0]) == ("ok", "diverged")
    assert set(states.values()) <= {"ok", "tied", "too low", "too high", "diverged"}
    assert {result.learned for result in run.results} == {None}


def test_every_text_leaves_out_what_is_unknown(run):
    """Terminal, page and Markdown."""
    footer = "\n".join(footer_lines(run, "runs/bare"))
    assert "0.1, of 6 rates; one seed)" in footer
    assert " · 5 epochs · train.py\n" in footer
    assert "torch.optim" not in footer
    assert "UTC. train.py.<" in report_page(run, {})
    assert "finished. Data: train.py.\n" in run.folder.results_md.read_text()
    for text in (footer, report_page(run, {}), run.folder.results_md.read_text()):
        assert "None" not in text


def test_it_is_resumed_and_compared(run, tmp_path):
    """There is no fingerprint that could differ."""
    part = lrsearch.run_search(SPEC, runs_dir=tmp_path, name="part", progress=False, **stop_after(2))
    assert not part.finished
    whole = lrsearch.resume_run("part", runs_dir=tmp_path, progress=False)
    assert [result.score for result in whole.results] == [result.score for result in run.results]
    assert why_not_comparable(make_sides([run, whole])) == []
    assert json.loads(whole.folder.manifest.read_text())["task"]["n_val"] is None


def test_a_sampler_is_told_the_worst_score_so_far(tmp_path, bare_trainer):
    """There is no constant prediction whose score it could be told for what diverged."""
    spec = {"train": {"epochs": 2}, "search": {"lr": {"low": 1e-3, "high": 100.0}, "trials": 12}}
    run = lrsearch.run_search(spec, strategy="bayes", runs_dir=tmp_path, progress=False)
    assert run.finished
    assert {"ok", "diverged"} == {result.state for result in run.results}


def test_arms_are_compared_without_a_number_of_examples(tmp_path, bare_trainer):
    """The variance of rounding to whole images is not known; the seeds tell."""
    arms = {"a": {"train.optimizer": "sgd"}, "b": {"train.optimizer": "adam"}}
    spec = {"train": {"epochs": 2}, "search": {"lr": [0.03, 0.1, 0.3], "repeats": 3}, "arms": arms}
    run = lrsearch.run_search(spec, runs_dir=tmp_path, progress=False)
    assert run.comparison.tied == ("a",)


@pytest.mark.usefixtures("bare_trainer")
def test_it_has_no_range_test_and_is_timed_by_epochs(tmp_path):
    """It cannot train single steps: one line says so, before anything is prepared or written."""
    for spec in (SPEC, {**SPEC, "search": {"lr": "auto"}}):
        search = lrsearch.run_range if spec is SPEC else lrsearch.run_search
        with pytest.raises(
            UsageError, match=r"^bare_trainer cannot train single steps, so there is no range test; set"
        ):
            search(spec, runs_dir=tmp_path, progress=False)
    assert not list(tmp_path.iterdir())
    with search_timer(make_spec(SPEC), "grid") as timer:
        assert 0 <= timer.time_of("").epoch < 1
