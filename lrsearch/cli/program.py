"""Takes a program behind `--`: splits the command line, and adds the options that describe the program."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lrsearch.catalog import STRATEGIES
from lrsearch.errors import UsageError

if TYPE_CHECKING:
    from lrsearch.command import Program

TAKE_PROGRAM = (*STRATEGIES, "check", "range", "resume")
"""The commands that take a program behind `--`."""

_PANEL = "A program of your own, behind `--`"
_PARAMETER = "program"
_TEMPLATE_BYTES = 10 << 20


def split_program(arguments: Sequence[str]) -> tuple[list[str], tuple[str, ...] | None]:
    """Split a command line at `--`, if its command takes a program.

    Args:
        arguments: The arguments of lrsearch, without its own name.

    Returns:
        The arguments before `--`, and the program with its arguments; None if there is no `--`.

    Raises:
        UsageError: Nothing stands behind `--`.

    Example:
        >>> split_program(["grid", "--low", "1e-4", "--", "python", "train.py", "--", "x"])
        (['grid', '--low', '1e-4'], ('python', 'train.py', '--', 'x'))
        >>> split_program(["show", "--", "-x"])
        (['show', '--', '-x'], None)
    """
    command = next((argument for argument in arguments if not argument.startswith("-")), "")
    if command not in TAKE_PROGRAM or "--" not in arguments:
        return list(arguments), None
    at = list(arguments).index("--")
    program = tuple(arguments[at + 1 :])
    if not program or not program[0]:
        raise UsageError(
            f"lrsearch {command}: no program stands behind `--`; give one, such as -- python train.py --lr {{lr}}"
        )
    if command == "range":
        raise UsageError(
            "lrsearch range: a range test raises the rate within one training, and a program takes only one rate; "
            "search a wide range with few trainings instead: lrsearch grid --low 1e-6 --high 10 --points 8 -- ..."
        )
    return list(arguments[:at]), program


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramOptions:
    """The program behind `--`, and the options that describe it, as the user typed them.

    Attributes:
        command: The program and its arguments; None if there is no `--`.
        values: The value of each option that the user typed, by the name of its parameter.
    """

    command: tuple[str, ...] | None
    values: dict[str, Any]

    @property
    def minimize(self) -> bool:
        """Whether a smaller value of the metric is better, whatever its name says."""
        return bool(self.values.get("minimize"))

    def program(self) -> Program | None:
        """Make the program; None if there is no `--`.

        Raises:
            UsageError: An option of a program is used without a program, or the template cannot be read.
        """
        if self.command is None:
            for name in self.values:
                raise UsageError(f"{_FLAGS[name].name}: needs a program behind `--`")
            return None
        from lrsearch.command import Program

        template: Path | None = self.values.get("template")
        known = {key: value for key, value in self.values.items() if key not in {"minimize", "template"}}
        if template is not None:
            known |= {"template": _read_template(template), "template_name": template.name}
        return Program(command=self.command, folder=str(Path.cwd()), **known)


@dataclass(frozen=True, slots=True)
class _Flag:
    name: str
    type: Any
    help: str
    metavar: str = ""


_FLAGS: dict[str, _Flag] = {
    "minimize": _Flag("--minimize", bool, "A smaller value of the metric is better. A loss or an error needs no flag."),
    "metric_files": _Flag(
        "--metric-file",
        str,
        "Read the metric from these files, e.g. '{dir}/**/metrics.csv', instead of the program's output.",
        "PATTERN",
    ),
    "metric_regex": _Flag(
        "--metric-regex",
        str,
        "Find the metric in the output with this regular expression, whose group is the value.",
        "RE",
    ),
    "unit": _Flag(
        "--unit",
        Literal["share", "percent"],
        "The metric is an accuracy, as a share of 1 or in percent. Without --unit, any number is taken as it is.",
    ),
    "chance": _Flag("--chance", float, "The score of an untrained network, in the metric's unit.", "X"),
    "n_val": _Flag(
        "--n-val",
        int,
        "Number of validation examples. The metric must be the share of right answers on these examples.",
        "N",
    ),
    "lr_from_env": _Flag("--lr-from-env", bool, "The program reads the rate from the variable LRSEARCH_LR."),
    "template": _Flag(
        "--template", Path, "Fill in the placeholders of this file too; {config} is the path of the result.", "FILE"
    ),
    "keep_dir": _Flag(
        "--keep-dir", bool, "Keep the files in {dir} if a trial is started again, so that the program can continue."
    ),
    "gpus_per_trial": _Flag("--gpus-per-trial", int, "Give each trial this many GPUs of its own.", "N"),
}


def takes_program(function: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter `program` of a command's function by the options of a program.

    The function receives the options as `ProgramOptions`.
    """

    @functools.wraps(function)
    def run(ctx: typer.Context, **arguments: Any) -> None:  # noqa: ANN401  (the values of all options)
        given = {name: arguments.pop(name) for name in _FLAGS}
        values = {name: value for name, value in given.items() if value not in {None, False}}
        function(**arguments, **{_PARAMETER: ProgramOptions(command=ctx.obj, values=values)})

    parameters = [Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.name == _PARAMETER:
            parameters += [_parameter(name, flag) for name, flag in _FLAGS.items()]
        else:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads this
    return run


def _parameter(name: str, flag: _Flag) -> Parameter:
    option = typer.Option(flag.name, help=flag.help, metavar=flag.metavar or None, rich_help_panel=_PANEL)
    is_switch = flag.type is bool
    annotation: Any = Annotated[flag.type if is_switch else flag.type | None, option]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=False if is_switch else None, annotation=annotation)


def _read_template(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_TEMPLATE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--template: {path}: {error.strerror or error}") from None
    if len(data) > _TEMPLATE_BYTES:
        raise UsageError(f"--template: {path}: is larger than 10 MB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"--template: {path}: is not a text in UTF-8") from None
