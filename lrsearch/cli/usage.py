"""Mistakes on the command line in one line: `lrsearch grid: --tials: no such option; did you mean --trials?`.

Typer reports them as exceptions of the copy of Click that it carries, and does not export their classes. So they are
told apart by the names of their classes. An exception that is unknown here keeps Typer's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from lrsearch.cli.flags import find_flag
from lrsearch.wording import closest, one_line, one_of

PROGRAM = "lrsearch"


def usage_line(error: typer.TyperException, commands: Sequence[str], arguments: Sequence[str]) -> str:
    """What to print for a mistake on the command line, without a newline.

    Args:
        error: What Typer raised.
        commands: The names of all commands.
        arguments: What stands behind the name of the program.
    """
    command = _command(error, commands, arguments)
    where = f"{PROGRAM} {command}" if command else PROGRAM
    return f"{where}: {_message(error, command, commands)}"


def _command(error: typer.TyperException, commands: Sequence[str], arguments: Sequence[str]) -> str:
    """The command that was typed; "" if none was."""
    context = getattr(error, "ctx", None)
    if context is not None:
        return str(context.info_name) if context.parent is not None else ""
    first = next((argument for argument in arguments if not argument.startswith("-")), "")
    return first if first in commands else ""


def _message(error: typer.TyperException, command: str, commands: Sequence[str]) -> str:
    option = printable(str(getattr(error, "option_name", "")))
    match type(error).__name__:
        case "NoSuchOption":
            return f"{option}: no such option{_option_hint(error, option)}"
        case "BadOptionUsage":
            fault = "takes no value" if "does not take a value" in error.message else "needs a value"
            return f"{option}: {fault}; `{PROGRAM} {command} --help` explains it"
        case "MissingParameter":
            return f"missing argument {_name(error)}; `{PROGRAM} {command} --help` explains it"
        case "BadParameter":
            return f"{_name(error)}: {_bad_value(error)}"
    return _other(error, command, commands)


def _other(error: typer.TyperException, command: str, commands: Sequence[str]) -> str:
    """An unknown command, or one argument too many: Typer has no class for these."""
    if unknown := re.match(r"No such command '(.*?)'\.", error.message):
        word = printable(unknown.group(1))
        return f"{word}: no such command{_meant(word, commands) or f'; `{PROGRAM} --help` lists them'}"
    if extra := re.match(r"Got unexpected extra argument\(?s?\)? \((.*)\)", error.message):
        return f"unexpected argument '{printable(extra.group(1))}'; `{PROGRAM} {command} --help` lists what it takes"
    return _one_line(error.format_message())


def _option_hint(error: typer.TyperException, option: str) -> str:
    """What may have been meant: a similar option, the same option of other commands, or a key of the spec."""
    context: Any = getattr(error, "ctx", None)
    options = [name for parameter in context.command.params for name in parameter.opts] if context else []
    if flag := find_flag(option):
        takes = f"; it belongs to {', '.join(flag.commands)}"
        return f"; did you mean --set {flag.key}=...?" if "--set" in options else takes
    if meant := _meant(option, [name for name in options if name.startswith("--")]):
        return meant
    if "--set" in options:
        from lrsearch.spec import suggest_key

        key = re.search(r"'(.*?)'", suggest_key(option.removeprefix("--"), []))
        if key:
            return f"; did you mean --set {key.group(1)}=...?"
    return f"; `{context.command_path} --help` lists them" if context else ""


def _meant(word: str, known: Iterable[str]) -> str:
    near = closest(word, known)
    return "" if near is None else f"; did you mean {near}?"


def _name(error: typer.TyperException) -> str:
    """The option or argument at fault, as the help writes it."""
    parameter: Any = getattr(error, "param", None)
    if parameter is None:
        return "a value"
    longest = max(parameter.opts, key=len, default="")
    return longest if longest.startswith("-") else str(parameter.metavar or parameter.name)


def _bad_value(error: typer.TyperException) -> str:
    """Why a value was refused. Typer converts values with pydantic, whose error is the cause."""
    errors: Any = getattr(error.__cause__, "errors", None)
    if not callable(errors):
        return _one_line(error.message)
    details = errors()[0]
    got = f"'{printable(str(details['input']))}'"
    if details["type"].startswith("int_"):
        return f"expected a whole number, got {got}"
    if details["type"].startswith("float_"):
        return f"expected a number, got {got}"
    if choices := re.search(r" is not one of (.*)\.$", details["msg"]):
        words = re.findall(r"'([^']*)'", choices.group(1))
        return f"expected {one_of(words)}; got {got}{_meant(str(details['input']), words)}"
    return f"{_one_line(details['msg'])}; got {got}"


def _one_line(text: str) -> str:
    return " ".join(text.split()).removesuffix(".")


def printable(text: str) -> str:
    """Text that a person typed, on one line and without control characters, cut to a readable length."""
    cut = text if len(text) <= 60 else f"{text[:60]}..."
    return one_line(cut)
