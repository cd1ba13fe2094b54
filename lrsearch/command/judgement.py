"""Judges how a program's training ended: its state, its score, and a message with the end of the output."""

from __future__ import annotations

import re
import signal
from dataclasses import replace
from math import isfinite
from pathlib import Path

from lrsearch.command.lines import without_escapes
from lrsearch.command.metrics import NOTHING_PRINTED, Series, is_wrong_name
from lrsearch.command.process import Ended
from lrsearch.command.program import Program
from lrsearch.records import Result
from lrsearch.wording import one_line

_BROKE = re.compile(r"\b(?:nan|inf|infinity|overflow(?:error)?)\b", re.IGNORECASE)
_EXIT = "exit code "
_THE_END = "; the output ended with: "
_LAST_LINES, _LINE_CHARACTERS, _TAIL_BYTES, _BETWEEN = 5, 200, 16 << 10, " | "


def judged(result: Result, series: Series | str, ended: Ended, program: Program, metric: str, log: Path) -> Result:
    """Set the state, the score and the message of a result. The score is the last value of the metric."""
    last = series.values[-1] if isinstance(series, Series) else None
    if last is not None and not isfinite(last):
        return replace(result, state="diverged", message=f"{metric} is {last}")
    if ended.code == 0 and isinstance(series, Series) and last is not None:
        score = program.in_unit(last)
        if program.unit and not 0 <= score <= 1:
            return replace(result, message=_no_share(metric, last, program.unit))
        return replace(
            result,
            state="ok",
            score=score,
            scored_epoch=result.points[-1].epoch,
            learned=_has_learned(program, score),
        )
    tail = _tail(log)
    if ended.code == 0:
        return replace(result, message=f"{_where_to_look(program, str(series))}{_THE_END}{tail}")
    broke = _BROKE.search(tail.rpartition(_BETWEEN)[2])
    return replace(result, state="diverged" if broke else "failed", message=f"{_exit_of(ended)}: {tail}")


def in_short(message: str) -> str:
    """Shorten a message about a failed program to its cause: the last line of the output, without those before it.

    Example:
        >>> in_short("exit code 1: Traceback | File 'a.py', line 3 | ValueError: boom")
        'exit code 1: ValueError: boom'
        >>> in_short("no metric 'acc' was printed; the output ended with: a | b")
        "no metric 'acc' was printed"
    """
    sentence, has_output, _ = message.partition(_THE_END)
    if has_output or not message.startswith(_EXIT):
        return sentence
    code, _, tail = message.partition(": ")
    return f"{code}: {tail.rpartition(_BETWEEN)[2]}"


def wrong_name(result: Result) -> str | None:
    """Say that the name of the metric is wrong, if a program ended well without reporting this metric.

    Returns:
        The sentence; None for any other result. A training that broke may end without its metric, so an output that
        ends with nan or inf does not count.
    """
    if result.state != "failed" or not is_wrong_name(result.message) or _BROKE.search(result.message):
        return None
    return result.message.partition(_THE_END)[0]


def _where_to_look(program: Program, sentence: str) -> str:
    """Return the sentence about a missing metric; if nothing was found at all, name the files or the expression."""
    if not sentence.startswith(NOTHING_PRINTED):
        return sentence
    if program.metric_files:
        return (
            f"no metric was found in files that match --metric-file {one_line(program.metric_files)} and that this "
            "training wrote"
        )
    if program.metric_regex:
        return f"no metric was found by --metric-regex {one_line(program.metric_regex)}"
    return sentence


def _exit_of(ended: Ended) -> str:
    """Return the exit code, with the name of the signal that it stands for."""
    try:
        return f"{_EXIT}{ended.code} ({signal.Signals(ended.code - 128).name})"
    except ValueError:
        return f"{_EXIT}{ended.code}"


def _no_share(metric: str, value: float, unit: str) -> str:
    if unit == "percent":
        return f"{metric} is {value:g}, which is no per cent; leave out --unit percent"
    other = (
        "; use --unit percent if the values are per cents, or leave out --unit"
        if 1 < value <= 100
        else "; leave out --unit"
    )
    return f"{metric} is {value:g}, which is no share of 1{other}"


def _has_learned(program: Program, score: float) -> bool | None:
    """Test whether a share is above chance (exact binomial test); None if chance or the number of examples is unknown.

    The level of the test is 0.001, a tenth of the level of a whole search. `--chance` is the same for all rates, and
    few searches have many more than ten rates near chance.
    """
    if program.chance is None or program.n_val is None:
        return None
    from scipy.special import betainc

    n_right = round(score * program.n_val)
    if n_right in {0, program.n_val}:
        return n_right > 0
    return float(betainc(n_right, program.n_val - n_right + 1, program.in_unit(program.chance))) <= 1e-3


def _tail(log: Path) -> str:
    """Return the last lines of an output in one line, each at most 200 characters; "nothing" if it is empty."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        text = without_escapes(file.read().decode("utf-8", errors="replace"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _BETWEEN.join(one_line(_cut(line)) for line in lines[-_LAST_LINES:]) or "nothing"


def _cut(line: str) -> str:
    return line if len(line) <= _LINE_CHARACTERS else line[:_LINE_CHARACTERS] + "..."
