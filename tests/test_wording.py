"""Learning rates as text: as short as can be, and never two that look alike."""

from hypothesis import given
from hypothesis import strategies as st

from lrsearch.wording import distinct_rates, rate_among, rate_between, short_rate

RATES = st.floats(1e-30, 1e30)


@given(st.lists(RATES | st.sampled_from([0.1, 0.1 + 2e-17, 0.10000001, 0.1004, 0.1001]), min_size=1))
def test_different_rates_have_different_texts(rates):
    """Equal ones the same; each text reads back as nearly its rate."""
    for scientific in (False, True):
        texts = distinct_rates(rates, scientific=scientific)
        assert len(set(texts)) == len(set(rates))
        for rate, text in zip(rates, texts, strict=True):
            assert abs(float(text) - rate) <= 0.005 * rate


def test_three_digits_where_they_tell_rates_apart():
    """As before for a grid over decades; only those that look alike get more."""
    assert distinct_rates([0.001, 0.00215, 0.1]) == ["0.001", "0.00215", "0.1"]
    assert distinct_rates([0.01, 0.0100004, 0.5, 0.01]) == ["0.01", "0.0100004", "0.5", "0.01"]
    assert distinct_rates([0.01, 0.0100004], scientific=True) == ["1.00000e-02", "1.00004e-02"]


def test_neighbours_of_a_narrow_grid_can_be_told_apart():
    """A grid of 4 rates from 0.9995 to 1.0004, all of which are 1 in three digits."""
    rates = [0.9995, 0.9998, 1.0001, 1.0004]
    assert distinct_rates(rates) == ["0.9995", "0.9998", "1.0001", "1.0004"]
    assert rate_among(0.9995, [0.9995, 1.0004]) == "0.9995"
    assert rate_between(0.9996, rates) == "0.9996"
    assert rate_between(0.10004, [0.1, 0.2]) == short_rate(0.10004) == "0.1"
