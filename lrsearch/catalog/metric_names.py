"""Reads the names that programs give to their metrics: as words, and whether a smaller value is better."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_MINIMIZED = frozenset(
    {"loss", "error", "err", "perplexity", "ppl", "mae", "mse", "rmse", "nll", "wer", "cer", "bpb", "bpc", "fid", "eer"}
)

MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u109f\u1780-\u17ff"
"""Accents and vowel signs, as a part of a regular expression. Python's `\\w` matches letters, but not these."""


def normal_name(name: str) -> str:
    """Write a name in lower case, with one `_` in place of spaces, dots, slashes and hyphens.

    A letter with an accent is one character, however the program writes it.

    Example:
        >>> normal_name("Val Acc"), normal_name("eval/top-1")
        ('val_acc', 'eval_top_1')
    """
    composed = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(rf"[^\w{MARKS}]+|_+", "_", composed).strip("_")


def words_of(name: str) -> list[str]:
    """Return the words of a name, then each two neighbours as one word.

    Example:
        >>> words_of("top-1")
        ['top', '1', 'top1']
    """
    words = normal_name(name).split("_")
    return [*words, *(f"{a}{b}" for a, b in pairwise(words))]


def is_minimized(name: str) -> bool:
    """Whether a smaller value of a metric is better, judged by its name.

    Example:
        >>> [is_minimized(name) for name in ("val_loss", "top-1 error", "perplexity", "accuracy")]
        [True, True, True, False]
    """
    return any(word in _MINIMIZED for word in words_of(name))
