"""How a suggested rate ranked, under the table."""

import re

from lrsearch.reporting.terminal import footer_lines


def test_a_search_says_how_the_suggestion_ranked(run_of):
    """The nearest rate that was tried, its rank, and what it lacks."""
    near = "\n".join(footer_lines(run_of(suggested=0.09, lr=[0.001, 0.1, 0.3]), "x"))
    assert "search.suggested is 0.09 (nearest tried: 0.1): rank 1 of 3\n" in near
    far = "\n".join(footer_lines(run_of(suggested=0.001, lr=[0.001, 0.1, 0.3], name="far"), "x"))
    assert re.search(r"search.suggested is 0.001: rank 3 of 3, \d+\.\d points below the best\n", far)
    arms = {"a": {"search.suggested": 0.1}, "b": {"train.optimizer": "adam"}}
    both = "\n".join(footer_lines(run_of(lr=[0.001, 0.1], arms=arms, name="arms"), "x"))
    assert "a: search.suggested is 0.1: rank 1 of 2" in both
    assert "b: search" not in both
