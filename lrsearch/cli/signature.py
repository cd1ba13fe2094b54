"""Adds the flags of the table to the signature of a command, and collects the values that the user typed."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter
from typing import Annotated

import typer

from lrsearch.catalog import unread
from lrsearch.cli.completion import name_completer, word_completer
from lrsearch.cli.flags import KeyFlag, flags_of
from lrsearch.errors import Problem, SpecError, UsageError

_PARAMETER = "keys"  # the parameter of a command's function that the flags replace


@dataclass(frozen=True, slots=True)
class KeyValues:
    """The keys of the spec that the flags of a command line set.

    Attributes:
        command: The name of the command.
        values: The value of each flag that the user typed, in the order of the table.
    """

    command: str
    values: Mapping[KeyFlag, object]

    def changes(self) -> dict[str, object]:
        """Return the values by dotted key."""
        return {flag.key: value for flag, value in self.values.items()}

    def check_budget(self, strategy: str) -> None:
        """Raise an error if a flag sets a key that the strategy does not read. Such a flag would have no effect.

        Raises:
            UsageError: There is such a flag, for example --trials for a grid.
        """
        for flag in self.values:
            if why := unread(strategy, flag.key, as_flag=True):
                raise UsageError(f"{flag.name}: {why}")

    def settings(self, sets: Sequence[str] | None) -> list[str]:
        """Return all changes as arguments of `--set`. Flags come last, so that they override `--set`.

        Args:
            sets: The values of --set.

        Example:
            >>> from lrsearch.cli.flags import find_flag
            >>> KeyValues("grid", {find_flag("--low"): "1e-4"}).settings(["train.epochs=3"])
            ['train.epochs=3', 'search.lr.low=1e-4']
        """
        return [*(sets or []), *(flag.setting(value) for flag, value in self.values.items())]

    def name_flags(self, error: SpecError, sets: Sequence[str] = ()) -> SpecError:
        """Return the error with its problems reported under the flag, instead of --set, if a flag set the key.

        Args:
            error: The error. The source of its problems may be "--set".
            sets: The values of --set. If --set sets a key inside the key of a flag, problems are not reported under
                this flag.
        """
        return SpecError([self._named(problem, sets) for problem in error.problems])

    def _named(self, problem: Problem, sets: Sequence[str]) -> Problem:
        if problem.source != "--set":
            return problem
        for flag in self.values:
            # A problem with a whole range concerns the flags of its ends. A problem with a whole section, such as
            # `search`, does not concern the flags of its keys.
            is_of_range = "." in problem.path and _is_beneath(flag.key, problem.path)
            is_of_range &= not any(setting.partition("=")[0].strip() == problem.path for setting in sets)
            is_about = is_of_range or _is_beneath(problem.path, flag.key)
            if is_about and not any(setting.startswith(f"{flag.key}.") for setting in sets):
                return replace(problem, source=flag.name)
        return problem


def _is_beneath(key: str, above: str) -> bool:
    """Whether a dotted key equals the key `above` or lies inside it, as `a.b` and `a[0]` lie inside `a`."""
    return above != "" and f"{key}.".startswith((f"{above}.", f"{above}["))


def takes_key_flags(command: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a decorator that replaces the parameter `keys` of a function by the flags of its command.

    The function receives the values of the flags as a `KeyValues`. If the function raises a SpecError, the error names
    the flags.

    Args:
        command: The name of the command in the table.
    """
    flags = flags_of(command)

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(**arguments: object) -> None:
            values = {flag: _value(flag, arguments.pop(flag.parameter, None)) for flag in flags}
            keys = KeyValues(command, {flag: value for flag, value in values.items() if value is not None})
            sets = arguments.get("sets")
            try:
                function(**arguments, **{_PARAMETER: keys})
            except SpecError as error:
                raise keys.name_flags(error, sets if isinstance(sets, list) else ()) from None

        parameters = _with_flags(inspect.signature(function, eval_str=True), flags)
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads this
        return run

    return decorate


def _value(flag: KeyFlag, given: object) -> object:
    """Return the value that a flag sets; None if the user did not type the flag."""
    if flag.type is bool:
        return flag.means if given else None
    return given


def _with_flags(signature: inspect.Signature, flags: Sequence[KeyFlag]) -> list[Parameter]:
    parameters: list[Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name == _PARAMETER:
            parameters += [_parameter(flag) for flag in flags]
        else:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
    return parameters


def _parameter(flag: KeyFlag) -> Parameter:
    completer = name_completer(flag.kind) if flag.kind else word_completer(flag.words) if flag.words else None
    option = typer.Option(flag.name, help=flag.help, metavar=flag.metavar or None, autocompletion=completer)
    is_switch = flag.type is bool
    annotation = Annotated[flag.type if is_switch else flag.type | None, option]  # type: ignore[valid-type]  # made at run time
    default = False if is_switch else None
    return Parameter(flag.parameter, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
