"""Reads the spec that a command works with, and suggests a file or a flag if SPEC names no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lrsearch.cli.flags import flags_of
from lrsearch.cli.kinds import KEYS, TABLES, known_names
from lrsearch.cli.signature import KeyValues
from lrsearch.errors import SpecError
from lrsearch.wording import closest

if TYPE_CHECKING:
    from lrsearch.command import Program
    from lrsearch.spec import Spec

DEFAULT_SPEC = Path("lrsearch.yaml")
_CONFIGS = Path("configs")
_ENDINGS = (".yaml", ".yml")


def read_spec(
    path: Path | None,
    keys: KeyValues,
    sets: list[str] | None,
    over: list[str] | None = None,
    program: Program | None = None,
    *,
    minimize: bool = False,
) -> Spec:
    """Read the spec in a file and apply the changes of the command line. Print warnings about the spec to stderr.

    Args:
        path: The file; None for ./lrsearch.yaml, or the built-in spec if that file does not exist.
        keys: The values of the flags.
        sets: The values of --set.
        over: The values of --over.
        program: The program behind `--`. With a program, ./lrsearch.yaml is not read, because that file describes a
            network.
        minimize: Whether a smaller value of the program's metric is better, whatever the name of the metric says.

    Raises:
        SpecError: The file or the changes contain mistakes. The error lists every mistake.
    """
    from lrsearch.cli.output import say
    from lrsearch.spec import arm_specs, differences, is_empty_spec, load_spec, over_warnings, spec_warnings

    if path is None and program is None and DEFAULT_SPEC.is_file():
        path = DEFAULT_SPEC
        say(f"using ./{DEFAULT_SPEC}")
    try:
        program_keys = None if program is None else replace(program.keys, minimize=minimize)
        spec = load_spec(path, keys.settings(sets), over or (), program_keys)
    except SpecError as error:
        raise _with_hint(error, path, keys.command) from None
    if path is not None and path.is_file():
        is_empty = is_empty_spec(path)
    elif path is not None:  # a pipe can be read only once
        default = load_spec(None, keys.settings(sets), over or ())
        is_empty = {key for key, _, _ in differences(spec, default)} <= {"name"}
    else:
        is_empty = False
    if is_empty:
        say(f"{path} is empty, so the default spec is used")
    if program is not None:
        return spec
    warnings_of = {arm: spec_warnings(of_arm) for arm, of_arm in arm_specs(spec).items()}
    for warning in dict.fromkeys(warning for warnings in warnings_of.values() for warning in warnings):
        arms = [arm for arm, warnings in warnings_of.items() if warning in warnings]
        arm_names = "" if len(arms) == len(warnings_of) else f"{', '.join(arms)}: "
        say(f"! {arm_names}{warning}")
    for warning in over_warnings(spec) if over else ():
        say(f"! {warning}")
    return spec


def _with_hint(error: SpecError, path: Path | None, command: str) -> SpecError:
    """Return the error. If SPEC names no file, add similar files and flags to its message."""
    if path is None or _exists(path):
        return error
    hint = _hint(str(path), command)
    return SpecError(
        [
            replace(problem, message=problem.message + hint) if problem.source == str(path) else problem
            for problem in error.problems
        ]
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return True  # the error of the reader already says why the path cannot be read


def _hint(text: str, command: str) -> str:
    """Return `; did you mean ...?` with the files and flags that the user may have meant; "" if there are none."""
    is_file_name = text.endswith(_ENDINGS)
    stem = Path(text).stem if is_file_name else Path(text).name
    meant = list(_files_like(stem))
    if not (meant and is_file_name):
        meant += _flags_for(stem if is_file_name else text, command)
    return f"; did you mean {', or '.join(meant)}?" if meant else ""


def _files_like(stem: str) -> Iterator[str]:
    """Yield the spec files with this name in . and ./configs, or else the spec files with the closest name."""
    found = [path for folder in (Path(), _CONFIGS) for path in sorted(folder.glob("*")) if path.suffix in _ENDINGS]
    same = [path for path in found if path.stem == stem]
    if same:
        yield from map(str, same)
        return
    near = closest(stem, [path.stem for path in found])
    yield from (str(path) for path in found if path.stem == near)


def _flags_for(text: str, command: str) -> Iterator[str]:
    """Yield the flags that may be meant by a text: `--set KEY=VALUE`, or the flag that takes a name of the catalog."""
    key, equals, _ = text.partition("=")
    if equals and key:
        yield f"--set {text}"
        return
    for kind, name in _named(text):
        flag = next((flag for flag in flags_of(command) if flag.kind == kind), None)
        yield f"--set {KEYS[kind]}={name}" if flag is None else f"{flag.name} {name}"


def _named(text: str) -> Sequence[tuple[str, str]]:
    """Return the catalog's entries with a name, as (kind, name). If there are none, use the most similar name."""
    names = [(kind, name) for kind in TABLES for name in known_names(kind)]
    exact = [each for each in names if each[1] == text.lower()]
    near = closest(text.lower(), [name for _, name in names], cutoff=0.75)
    return exact or [each for each in names if each[1] == near]
