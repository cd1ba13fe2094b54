"""The metric is found among all that a program prints."""

from lrsearch.catalog import is_minimized
from lrsearch.command.lines import Reading
from lrsearch.command.metrics import Series, describe, find_series, find_unit, warning_of


def reading(name, value, epoch=None, line=1):
    return Reading(name, value, epoch, line)


def test_the_last_value_of_each_epoch_counts():
    """The states of a bar, and lines of single steps, are not values of their own."""
    found = find_series([reading("loss", 3.0, 1), reading("loss", 2.0, 1, 2), reading("loss", 1.0, 2, 3)], "loss")
    assert found == Series("loss", (1, 2), (2.0, 1.0))


def test_lines_without_an_epoch_are_values_of_their_own():
    """One for each line, the last one of the line."""
    found = find_series(
        [reading("loss", 3.0, line=1), reading("loss", 2.0, line=1), reading("loss", 1.0, line=2)], "loss"
    )
    assert found == Series("loss", (None, None), (2.0, 1.0))


def test_names_are_found_by_their_last_words_and_however_they_are_written():
    """A name that fits as a whole goes before others."""
    several = [reading("Average loss", 2.0), reading("loss", 1.0, line=2)]
    assert find_series(several, "loss").name == "loss"
    assert find_series(several, "average-loss").name == "Average loss"
    assert find_series(several[:1], "loss").name == "Average loss"
    assert find_series([reading("Val/Acc", 0.5)], "val_acc").values == (0.5,)


def test_a_metric_that_is_not_there_or_not_alone_is_said():
    """With the names that were there."""
    both = [reading("train loss", 2.0), reading("val loss", 1.0)]
    assert find_series(both, "loss") == "several metrics fit 'loss': train loss, val loss; give one name in full"
    expected = "no metric 'val_los' was printed; there were train loss, val loss; did you mean 'val loss'?"
    assert find_series(both, "val_los") == expected
    assert find_series([], "acc") == "no metric was printed; lrsearch reads lines such as acc=0.91, acc: 0.91 or JSON"


def test_direction_and_unit_by_the_name_and_the_values():
    """A loss gets smaller; an accuracy above 1 is in per cent."""
    assert [is_minimized(name) for name in ("val_loss", "Top-1 error", "ppl", "mse", "closs", "f1")] == [
        *(True, True, True, True, False, False)
    ]
    assert (find_unit("acc", [0.4]), find_unit("acc", [0.4, 40.0])) == ("share", "percent")
    assert find_unit("score", [50.0]) is None


def test_bad_choices_are_warned_of():
    """Test data, and the best of all epochs."""
    assert "use a validation metric" in warning_of("test_acc")
    assert "too optimistic" in warning_of("best accuracy")
    assert warning_of("val_acc") is None
    assert "latest" not in (warning_of("latest_acc") or "")


def test_what_was_read_is_said():
    """How many values, the last and the best."""
    assert (
        describe("val_loss", (0.5, 0.25, 0.3), minimize=True)
        == "val_loss: 3 values, last 0.3, best 0.25; the last one is the score"
    )
