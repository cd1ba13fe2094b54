"""The results as Markdown: a golden file, and text from outside that stays text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import make_result
from lrsearch.analysis.ranking import rank_results
from lrsearch.store import results_md


def test_results_md(manifest, check_golden):
    """Verdict, table, warnings, spec."""
    results = [
        make_result(0.01, 0.95, val_loss=0.2),
        make_result(0.01, 0.97, number=1, repeat=1, val_loss=0.1),
        make_result(1 / 3, 0.9, number=2),
        make_result(1 / 3, 0.1, number=3, repeat=1, learned=False),
        make_result(3.0, None, number=4, state="diverged", message="loss is NaN at step 7"),
    ]
    text = results_md(
        manifest, {"name": "digits", "seed": 0}, rank_results(results), ["search lower", "too_few *seeds*"]
    )
    check_golden("results.md", text)


def test_arms_have_a_column_and_a_verdict_each(manifest):
    """Each arm has its own best rate."""
    results = [make_result(0.1, arm="adam"), make_result(1.0, 0.1, number=1, arm="sgd", learned=False)]
    text = results_md(manifest, {}, rank_results(results))
    assert "**Best learning rate of adam: 0.1**" in text
    assert "**No learning rate of sgd**" in text
    assert "| rank | arm | lr |" in text


def test_no_results(manifest):
    """A run in which nothing has ended says so."""
    text = results_md(replace(manifest, finished=False), {}, rank_results([]))
    assert "not finished" in text
    assert "No training has finished yet." in text


@pytest.mark.parametrize("message", ["a|b", "<script>", "`x`", "# x", "[x](y)", "two\nlines", "\\|"])
def test_text_from_outside_breaks_no_table(manifest, message):
    """Every row keeps its columns, and no sign means anything."""
    text = results_md(manifest, {}, rank_results([make_result(state="failed", score=None, message=message)]), [message])
    row = next(line for line in text.splitlines() if line.startswith("| 1 |"))
    assert row.replace("\\\\", "").replace("\\|", "").count("|") == 10
    assert "<script>" not in text.replace("\\<", "")
    assert "\n# x" not in text
