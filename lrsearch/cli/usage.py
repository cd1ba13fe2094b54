"""Describes mistakes on the command line in one line: `lrsearch grid: --tials: no such option; did you mean --trials?`.

Typer contains a copy of Click, raises Click's exceptions, and does not export their classes. This module therefore
compares the names of the classes. An exception with any other name keeps Typer's own message.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from lrsearch.catalog import STRATEGIES, unread
from lrsearch.cli.flags import find_flag
from lrsearch.cli.program import TAKE_PROGRAM
from lrsearch.wording import closest, one_line, one_of, some_of

PROGRAM = "lrsearch"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # hyphens, dashes and minus of word processors
_MOST_COMMANDS = 6
_BEHIND = "; a program of your own stands behind `--`"


def usage_line(error: typer.TyperException, commands: Sequence[str], arguments: Sequence[str]) -> str:
    """Describe a mistake on the command line in one line, without a newline.

    Args:
        error: The exception that Typer raised.
        commands: The names of all commands.
        arguments: The arguments of the program, without its name.
    """
    command = _command(error, commands, arguments)
    where = f"{PROGRAM} {command}" if command else PROGRAM
    if dashed := _with_typed_dash(arguments):
        meant = f"--{dashed.lstrip(_DASHES)}"
        return f"{where}: {printable(dashed)}: begins with a typographic dash; did you mean {printable(meant)}?"
    return f"{where}: {_message(error, command, commands, arguments)}"


def _command(error: typer.TyperException, commands: Sequence[str], arguments: Sequence[str]) -> str:
    """Return the name of the command that the user typed; "" if there is none."""
    context = getattr(error, "ctx", None)
    if context is not None:
        return str(context.info_name) if context.parent is not None else ""
    first = next((argument for argument in arguments if not argument.startswith("-")), "")
    return first if first in commands else ""


def _message(error: typer.TyperException, command: str, commands: Sequence[str], arguments: Sequence[str]) -> str:
    option = printable(str(getattr(error, "option_name", "")))
    match type(error).__name__:
        case "NoSuchOption":
            if (
                (flag := find_flag(option))
                and command in STRATEGIES
                and (why := unread(command, flag.key, as_flag=True))
            ):
                return f"{option}: {why}"
            is_program = command in TAKE_PROGRAM and _is_script(" ".join(arguments))
            return f"{option}: no such option{_BEHIND if is_program else _option_hint(error, option)}"
        case "BadOptionUsage":
            fault = "takes no value" if "does not take a value" in error.message else "needs a value"
            return f"{option}: {fault}; `{PROGRAM} {command} --help` shows the usage"
        case "MissingParameter":
            return f"missing argument {_name(error)}; `{PROGRAM} {command} --help` shows the usage"
        case "BadParameter":
            return _bad_variable(error, arguments) or f"{_name(error)}: {_bad_value(error)}"
    return _other(error, command, commands)


def _with_typed_dash(arguments: Sequence[str]) -> str | None:
    """Return the first option whose `--` a text editor has turned into a dash; None if there is none."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return next((argument for argument in own if argument.startswith(tuple(_DASHES)) and argument.strip(_DASHES)), None)


def _other(error: typer.TyperException, command: str, commands: Sequence[str]) -> str:
    """Describe an unknown command or an unexpected argument. Typer has no special class for these errors."""
    if unknown := re.match(r"No such command '(.*?)'\.", error.message):
        word = printable(unknown.group(1))
        return f"{word}: no such command{_meant(word, commands) or f'; `{PROGRAM} --help` lists them'}"
    if extra := re.match(r"Got unexpected extra argument\(?s?\)? \((.*)\)", error.message):
        if command in TAKE_PROGRAM and _is_script(extra.group(1)):
            return f"unexpected argument '{printable(extra.group(1))}'{_BEHIND}"
        return f"unexpected argument '{printable(extra.group(1))}'; `{PROGRAM} {command} --help` lists the arguments"
    return _one_line(error.format_message())


def _is_script(arguments: str) -> bool:
    """Whether arguments look like a program with its script."""
    return any(word.endswith((".py", ".sh")) or "{lr" in word for word in arguments.split())


def _option_hint(error: typer.TyperException, option: str) -> str:
    """Suggest a similar option, other commands that have the option, or a key of the spec."""
    context: Any = getattr(error, "ctx", None)
    options = [name for parameter in context.command.params for name in parameter.opts] if context else []
    if flag := find_flag(option):
        takes = f"; it belongs to {', '.join(flag.commands)}"
        return f"; did you mean --set {flag.key}=...?" if "--set" in options else takes
    if others := _commands_with(context, option):
        leave_out = ", and a check writes no run; leave it out" if context.info_name == "check" else ""
        return f"; it belongs to {some_of(others, _MOST_COMMANDS)}{leave_out}"
    if meant := _meant(option, [name for name in options if name.startswith("--")]):
        return meant
    if "--set" in options:
        from lrsearch.spec import suggest_key

        key = re.search(r"'(.*?)'", suggest_key(option.removeprefix("--"), []))
        if key:
            return f"; did you mean --set {key.group(1)}=...?"
    return f"; `{context.command_path} --help` lists them" if context else ""


def _commands_with(context: Any, option: str) -> list[str]:  # noqa: ANN401  (a class that Typer does not export)
    """Return the names of the other commands that have an option."""
    group = getattr(getattr(context, "parent", None), "command", None)
    commands: dict[str, Any] = getattr(group, "commands", {})
    return [
        name
        for name, command in commands.items()
        if not command.hidden and any(option in parameter.opts for parameter in command.params)
    ]


def _meant(word: str, known: Iterable[str]) -> str:
    near = closest(word, known)
    return "" if near is None else f"; did you mean {near}?"


def _name(error: typer.TyperException) -> str:
    """Return the name of the wrong option or argument, as the help shows it."""
    parameter: Any = getattr(error, "param", None)
    if parameter is None:
        return "a value"
    longest = max(parameter.opts, key=len, default="")
    return longest if longest.startswith("-") else str(parameter.metavar or parameter.name)


def _bad_variable(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """Describe a wrong value of an environment variable that stands for a flag; "" if the user typed the flag."""
    parameter: Any = getattr(error, "param", None)
    variable = getattr(parameter, "envvar", None)
    if not isinstance(variable, str) or any(argument.partition("=")[0] in parameter.opts for argument in arguments):
        return ""
    return f"{variable}: expected 1 or 0, got '{printable(os.environ.get(variable, ''))}'"


def _bad_value(error: typer.TyperException) -> str:
    """Describe why a value is not valid. Typer converts values with pydantic, and pydantic's error is the cause."""
    errors: Any = getattr(error.__cause__, "errors", None)
    if not callable(errors):
        return _one_line(error.message)
    details = errors()[0]
    got = f"'{printable(str(details['input']))}'"
    if details["type"].startswith("int_"):
        return f"expected a whole number, got {got}"
    if details["type"] in {"greater_than_equal", "less_than_equal"}:
        bound = details["ctx"].get("ge", details["ctx"].get("le"))
        return f"must be at {'least' if 'ge' in details['ctx'] else 'most'} {bound}, got {got}"
    if details["type"].startswith("float_"):
        return f"expected a number, got {got}"
    if choices := re.search(r" is not one of (.*)\.$", details["msg"]):
        words = re.findall(r"'([^']*)'", choices.group(1))
        return f"expected {one_of(words)}; got {got}{_meant(str(details['input']), words)}"
    return f"{_one_line(details['msg'])}; got {got}"


def _one_line(text: str) -> str:
    return " ".join(text.split()).removesuffix(".")


def printable(text: str) -> str:
    """Show a text that the user typed: on one line, with invisible characters escaped, cut after 60 characters."""
    cut = text if len(text) <= 60 else f"{text[:60]}..."
    return one_line(cut)
