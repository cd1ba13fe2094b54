"""Turns texts into numbers of words: the last words of each text, and the vocabulary of the training part."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Examples, Split
from lrsearch.data.memory import check_fits
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

PADDING, UNKNOWN = 0, 1
"""The number that fills up short texts, and the number that stands for every word outside the vocabulary."""

NUMBER_BYTES = 4
WORD = re.compile(r"\w+(?:['\u2019]\w+)*")  # letters, digits and underscores, also around an apostrophe


def number_words(texts: Iterable[str], length: int, *, lower: bool) -> npt.NDArray[np.int32]:
    """Number the words of texts in alphabetical order, from 1; see `words_and_numbers`, which returns the words too.

    Example:
        >>> number_words(["It's a cat", "A dog, a big dog"], length=4, lower=True)
        array([[5, 1, 3, 0],
               [4, 1, 2, 4]], dtype=int32)
    """
    return words_and_numbers(texts, length, lower=lower)[1]


def words_and_numbers(
    texts: Iterable[str], length: int, *, lower: bool
) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    """Number the words of texts in alphabetical order, from 1.

    Args:
        texts: N texts.
        length: Number of words to keep of each text: the last ones, which often sum up the text.
        lower: Whether upper and lower case are the same.

    Returns:
        The words, in alphabetical order; and the numbers, (N, length), with `PADDING` after the last word of a shorter
        text.
    """
    numbers: dict[str, int] = {}
    flat, counts = array("i"), array("i")
    for text in texts:
        words = WORD.findall(text.lower() if lower else text)[-length:]
        flat.extend([numbers.setdefault(word, len(numbers)) for word in words])
        counts.append(len(words))
    words_in_order = tuple(sorted(numbers))
    sorted_number = np.empty(len(numbers), dtype=np.int32)
    sorted_number[[numbers[word] for word in words_in_order]] = np.arange(1, len(numbers) + 1)
    x = np.full((len(counts), length), PADDING, dtype=np.int32)
    x[np.arange(length) < np.asarray(counts)[:, None]] = sorted_number[np.asarray(flat)] if flat else 0
    return words_in_order, x


def with_vocabulary(parts: Split, data: DataSpec) -> Split:
    """Keep the most frequent words of the training part, and give all other words the number `UNKNOWN`.

    Args:
        parts: Texts as `number_words` returns them.
        data: The spec's data section. Its option `vocabulary` is the largest number of words to keep.

    Returns:
        Numbers of words: 2 for the most frequent word, 3 for the next, and so on. Words with equal counts are in
        alphabetical order.
    """
    size = int(str(data.dataset.options["vocabulary"]))
    n_known = max(int(parts.x_train.max()), int(parts.x_val.max())) + 1
    counts = np.bincount(parts.x_train.ravel(), minlength=n_known)
    counts[PADDING] = 0
    kept = np.argsort(-counts, kind="stable")[: min(size, int((counts > 0).sum()))]
    number = np.full(n_known, UNKNOWN, dtype=np.int32)
    number[PADDING] = PADDING
    number[kept] = np.arange(2, len(kept) + 2)
    words = tuple(parts.words[i - 1] for i in kept.tolist()) if parts.words else ()
    return replace(parts, x_train=number[parts.x_train], x_val=number[parts.x_val], n_words=len(kept) + 2, words=words)


def text_options(data: DataSpec) -> tuple[int, bool]:
    """Return the options `length` and `lower` of a data set of texts."""
    options = data.dataset.options
    return int(str(options["length"])), options["lower"] is True


def check_texts_fit(n_texts: int, data: DataSpec, source: str) -> None:
    """Raise an error if texts cannot fit into the memory of this machine.

    Raises:
        DataError: The numbers of their words cannot fit.
    """
    length, _ = text_options(data)
    check_fits(n_texts * length * NUMBER_BYTES, source, "give fewer texts, or a lower data.dataset.length", "texts")


def empty_remarks(x: Examples, source: str) -> tuple[str, ...]:
    """Return a warning about texts without words, if there are any.

    Raises:
        DataError: No text has a word.
    """
    n_empty = int((x[:, 0] == PADDING).sum())
    if n_empty == len(x):
        raise DataError(f"{source}: no text contains a word")
    return (f"data: {n_empty:,} of the {len(x):,} texts of {source} have no words",) if n_empty else ()
