"""The results as Markdown: a golden file, and text from outside that stays text."""

from __future__ import annotations

import json
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
    assert "**No recommended learning rate of sgd**" in text
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


def test_rates_have_the_digits_that_tell_them_apart(manifest):
    """Four for usual rates, more where two would look the same; never all 17."""
    usual = results_md(manifest, {}, rank_results([make_result(0.0021544346900318843)]))
    assert "| 1 | 0.002154 |" in usual
    assert "0.0021544" not in usual
    close = [make_result(0.99951234567, 0.9), make_result(0.99953345678, 0.8, number=1)]
    text = results_md(manifest, {}, rank_results(close))
    assert "**Best learning rate: 0.99951**" in text
    assert "| 1 | 0.99951 |" in text
    assert "| 2 | 0.99953 |" in text


def test_characters_that_cannot_be_seen_are_shown(manifest):
    """In text and in the spec, which stays JSON."""
    hostile = "a\x1b[31m\x9b\u202e\u200b\x7f"
    text = results_md(manifest, {"name": hostile}, rank_results([make_result(message=hostile)]), [hostile])
    assert not set(hostile[1:2] + "\x9b\u202e\u200b\x7f") & set(text)
    block = text.partition("```json\n")[2].partition("\n```")[0]
    assert json.loads(block) == {"name": hostile}
