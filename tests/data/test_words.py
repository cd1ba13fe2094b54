"""Numbers of words, and the vocabulary."""

from dataclasses import replace

import numpy as np
import pytest

from lrsearch.data.arrays import Split
from lrsearch.data.words import empty_remarks, number_words, with_vocabulary, words_and_numbers
from lrsearch.errors import DataError


@pytest.fixture
def vocabulary(data_spec):
    """Converts training and validation texts with a vocabulary of some size."""

    def convert(train, val, size, length=4):
        words, x = words_and_numbers([*train, *val], length, lower=True)
        y_train, y_val = (np.zeros(len(texts), np.int64) for texts in (train, val))
        parts = Split(x_train=x[: len(train)], y_train=y_train, x_val=x[len(train) :], y_val=y_val, n_classes=2)
        parts = replace(parts, words=words)
        options = {"name": "text", "vocabulary": size, "length": length}
        return with_vocabulary(parts, data_spec(dataset=options, path="x.csv"))

    return convert


def test_the_last_words_are_kept():
    """Of a longer text, the first words are left out; a shorter one is padded at its end."""
    np.testing.assert_array_equal(number_words(["a b c d", "b", ""], 3, lower=True), [[1, 2, 3], [1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("text", "n_words"),
    [("don't stop", 2), ("co-op", 2), ("it\u2019s 10.5", 3), ("Gr\u00fc\u00dfe!", 1), ("... !!", 0)],
)
def test_words_are_letters_and_digits(text, n_words):
    """Punctuation separates words, an apostrophe inside a word does not."""
    assert np.count_nonzero(number_words([text], 9, lower=True)) == n_words


def test_case_matters_if_asked():
    """With `lower: false`, Cat and cat are two words."""
    assert number_words(["Cat cat"], 2, lower=False).tolist() == [[1, 2]]
    assert number_words(["Cat cat"], 2, lower=True).tolist() == [[1, 1]]


def test_the_vocabulary_comes_from_the_training_part(vocabulary):
    """The most frequent word is 2; a word that only the validation part has is unknown, however frequent."""
    parts = vocabulary(["b a b", "c b a"], ["z z z b", "a c"], size=10)
    assert parts.x_train.tolist() == [[2, 3, 2, 0], [4, 2, 3, 0]]
    assert parts.x_val.tolist() == [[1, 1, 1, 2], [3, 4, 0, 0]]
    assert parts.n_words == 5
    assert parts.words == ("b", "a", "c")


def test_rare_words_are_unknown(vocabulary):
    """Of a vocabulary of one word, only the most frequent stays; of equal counts, the first in the alphabet."""
    assert vocabulary(["b a a b c"], ["c"], size=1, length=5).x_train.tolist() == [[1, 2, 2, 1, 1]]


def test_texts_without_words_are_counted():
    """A line for the user; if no text has a word, there is nothing to train on."""
    x = number_words(["a", "!", ""], 2, lower=True)
    assert empty_remarks(x, "x.csv") == ("data: 2 of the 3 texts of x.csv have no words",)
    assert empty_remarks(x[:1], "x.csv") == ()
    with pytest.raises(DataError, match=r"x\.csv: no text contains a word"):
        empty_remarks(x[1:], "x.csv")
