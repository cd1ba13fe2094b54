"""Describes what a search trains: the model of the spec, a model of the user's own, or a program."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrsearch.wording import one_line

if TYPE_CHECKING:
    from lrsearch.command import Program
    from lrsearch.runs import Run

OWN_MODEL = "a model of your own"


@dataclass(frozen=True, slots=True)
class Trained:
    """The user's own part that a search trains in place of the spec's model.

    Attributes:
        has_own_model: Whether the user passed a model from Python.
        program: The program that trains in place of a network; None for a network.
    """

    has_own_model: bool = False
    program: Program | None = None


SPEC_MODEL = Trained()


def trained_by(run: Run) -> Trained:
    """Return what a run trains."""
    recorded = run.manifest.program
    return Trained("model" in run.manifest.given, None if recorded is None else recorded.program)


def command_line(program: Program) -> str:
    """Return the command of a program as one line for a shell. Placeholders such as `{lr}` get no quotes.

    Example:
        >>> from lrsearch.command import Program
        >>> command_line(Program(command=("python", "my train.py", "--lr={lr}"), folder="/"))
        "python 'my train.py' --lr={lr}"
    """
    return one_line(" ".join(part if _PLAIN.fullmatch(part) else shlex.quote(part) for part in program.command))


_PLAIN = re.compile(r"[\w@%+=:,./{}-]+", re.ASCII)
