"""Curves as text and as pictures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.reporting.pictures.schedule import MOST_POINTS, Curve, draw_schedules, schedule_picture, spec_curve
from lrsearch.spec import make_spec

RATES = st.lists(st.floats(0, 10), min_size=1, max_size=300).filter(lambda rates: max(rates) > 1e-300)
CURVES = st.builds(Curve, RATES.map(tuple), st.integers(1, 10**6), st.sampled_from([0.0, 0.3, 1.0]))


def test_a_curve_has_the_rates_of_the_spec():
    """Each step's, and how long the warm-up is."""
    curve = spec_curve(make_spec({"train": {"epochs": 4, "schedule": "linear", "warmup": 0.25}}), 2.0, 2)
    assert curve.rates == pytest.approx((2 / 3, 4 / 3, 2.0, 10 / 6, 8 / 6, 1.0, 4 / 6, 2 / 6))
    assert (curve.n_epochs, curve.warmup_epochs) == (4, 1.0)


def test_a_long_run_is_thinned():
    """No picture has more columns than that."""
    curve = spec_curve(make_spec({"train": {"epochs": 100_000, "schedule": "linear"}}), 1.0, 100)
    assert MOST_POINTS / 2 < len(curve.rates) <= MOST_POINTS
    assert curve.rates[len(curve.rates) // 2] == pytest.approx(0.5)


@given(
    curves=st.dictionaries(st.text("abc", min_size=1, max_size=9), CURVES, min_size=1, max_size=30),
    width=st.integers(40, 120),
)
def test_a_drawing_keeps_to_its_width(curves, width):
    """Whatever is drawn, however long the runs are."""
    lines = draw_schedules(curves, width).splitlines()
    assert max(map(len, lines)) <= width
    assert sum("┤" in line or "│" in line for line in lines) == 15


def test_a_drawing_shows_where_the_rate_is():
    """High on the left, low on the right, a drop as one line down."""
    lines = draw_schedules({"drop": Curve((1.0,) * 50 + (0.0,) * 50, 10)}, 60).splitlines()
    assert lines[0].split("┤")[1].startswith("⠉" * 20)
    assert lines[14].split("┤")[1].endswith("⣀" * 20)
    middles = {line[11 + 24 : 11 + 25] for line in lines[1:14]}
    assert len(middles) == 1
    assert middles != {" "}


def test_several_curves_have_a_letter_each():
    """And a legend that says which."""
    drawing = draw_schedules({"flat": Curve((1.0,), 2), "half": Curve((0.5,), 1, 0.5)}, 60)
    assert drawing.splitlines()[-2:] == ["           a: flat", "           b: half"]
    row = next(line for line in drawing.splitlines() if "bbb" in line)
    assert 20 < row.count("b") < 27
    assert "0.5 epochs of warm-up" in drawing


@pytest.mark.parametrize("form", ["png", "svg"])
def test_pictures_are_the_same_each_time(form):
    """Several curves, labels that matplotlib would read as formulas or hide, no date."""
    curves = {"_a$b$": Curve((1.0, 0.5), 2, 1.0), "$": Curve((0.5, 1.0), 3)}
    pictures = [schedule_picture(curves, r"x: 5$ \frac", form) for _ in range(2)]
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith({"png": b"\x89PNG", "svg": b"<?xml"}[form])


def test_a_picture_names_axes_curves_and_warm_up():
    """The words that stand in it, before they become outlines."""
    from unittest import mock

    from matplotlib.figure import Figure

    figures = []
    with mock.patch.object(Figure, "savefig", lambda self, *_, **__: figures.append(self)):
        schedule_picture({"cosine": Curve((1.0, 0.5), 2, 1.0)}, "digits: cosine", "png", "epoch (16 steps)")
    (axes,) = figures[0].axes
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == (
        "epoch (16 steps)",
        "learning rate",
        "digits: cosine",
    )
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["cosine", "warm-up, 1 epoch"]
