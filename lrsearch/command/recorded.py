"""Defines what a run folder records about its program, and decides whether a resume may run that program again."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lrsearch.command.program import Program
from lrsearch.command.secrets import without_secrets
from lrsearch.errors import UsageError
from lrsearch.trust import changed_files, command_digest, is_trusted, trust
from lrsearch.wording import one_line, some_of

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A program as a run folder records it.

    Attributes:
        program: The program. In its command, `***` stands for the values of secrets.
        digest: The digest of the whole command, of its template and of its folder.
        is_objective: Whether the program stands for a function of Python.
        files: The digest of each file that the command names, such as the script.
    """

    program: Program
    digest: str
    is_objective: bool = False
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The command as one line, as a shell would read it."""
        return one_line(shlex.join(self.program.command))


def digest_of(program: Program) -> str:
    """Return the digest of a program: of its command, its template and its folder."""
    return command_digest([*program.command, program.folder], template=program.template)


def record(program: Program) -> Recorded:
    """Record a program that the user has started. From now on, a resume may run the program without asking."""
    digest = digest_of(program)
    if program.objective is None:
        trust(digest)
    return Recorded(
        program=replace(program, command=without_secrets(program.command), trials="", objective=None),
        is_objective=program.objective is not None,
        digest=digest,
        files=file_digests(program.command, Path(program.folder)),
    )


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user allows when a run of a program is resumed.

    Attributes:
        program: The program, if the user gives its command again; None for the program that the run recorded.
        trust: Whether to run a recorded command that the user has not started on this machine before.
        accept_changes: Whether to go on although the command or its files have changed.
    """

    program: Program | None = None
    trust: bool = False
    accept_changes: bool = False


def program_to_resume(
    name: str, recorded: Recorded, consent: Consent, *, whole: str
) -> tuple[Program, tuple[str, ...]]:
    """Return the program that a resume runs, and warnings about what has changed.

    Args:
        name: The run's name.
        recorded: What the run recorded.
        consent: What the user allows.
        whole: What to do if the recorded command lacks its secrets.

    Raises:
        UsageError: The user has not started the command on this machine before, the command lacks its secrets, or the
            command or its files have changed.
    """
    program, warnings = consent.program, []
    if recorded.is_objective != (program is not None and program.objective is not None):
        if recorded.is_objective:
            raise UsageError(
                f"{name} trains by a function; resume the run from Python with resume_run(..., objective=...)"
            )
        raise UsageError(f"{name} trains by a command, not by a function; resume the run without objective=...")
    if recorded.is_objective and program is not None:
        return program, ()
    if program is None:
        if (
            without_secrets(recorded.program.command) != recorded.program.command
            or digest_of(recorded.program) != recorded.digest
        ):
            raise UsageError(f"{name}: the run does not record the values of secrets in its command; {whole}")
        if not (is_trusted(recorded.digest) or consent.trust):
            raise UsageError(
                f"{name} runs a command that you have not started on this machine: {recorded.line} (in "
                f"{one_line(recorded.program.folder)}); if you trust the command, add --trust"
            )
        program = recorded.program
    elif digest_of(program) != recorded.digest:
        if not consent.accept_changes:
            raise UsageError(
                f"{name} was made with a different command: {recorded.line} (in {one_line(recorded.program.folder)}); "
                "to go on with the new command, add --accept-changes"
            )
        warnings.append("the command has changed since the run began, so that its results may not be comparable")
    changed = changed_files(recorded.files, file_digests(program.command, Path(program.folder)))
    if changed and not consent.accept_changes:
        verb = "has" if len(changed) == 1 else "have"
        raise UsageError(
            f"{name}: {some_of(changed, _MOST_NAMED)} {verb} changed since the run began, so new results may not be "
            "comparable; start a new run, or go on with --accept-changes"
        )
    warnings += [
        f"{file} has changed since the run began, so that its results may not be comparable" for file in changed
    ]
    return program, tuple(warnings)


def file_digests(command: Sequence[str], folder: Path) -> dict[str, str]:
    """Return the digest of each part of a command that names a file, such as the script.

    The program itself is left out, unless the program lies in or below the folder, because an update of Python is not a
    change of the script.

    Args:
        command: The program and its arguments.
        folder: Folder in which the command runs.
    """
    found: dict[str, str] = {}
    for place, part in enumerate(command):
        path = folder / part
        try:
            if not path.is_file() or (place == 0 and folder.resolve() not in path.resolve().parents):
                continue
            with path.open("rb") as file:
                found[part] = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError):  # no name of a file, or one that cannot be read
            continue
    return found
