"""Tab completion in the shell. A completion that fails offers no words, and never raises an error or prints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import update_wrapper
from pathlib import Path
from typing import TypeAlias

import typer

from lrsearch.cli.kinds import KEYS, TABLES
from lrsearch.wording import one_line

Offers: TypeAlias = list[tuple[str, str]]
"""The words that a completion offers, each with a one-line description or ""."""
Completer: TypeAlias = Callable[[typer.Context, str], Offers]


def _safely(offer: Callable[[typer.Context, str], Iterable[tuple[str, str]]]) -> Completer:
    """Make a completer from a function. Keep only words that begin with the typed text. Offer none if it fails."""

    def complete(ctx: typer.Context, incomplete: str) -> Offers:
        with suppress(Exception):
            offers = [(word, one_line(about)) for word, about in offer(ctx, incomplete) if word.startswith(incomplete)]
            return [(word, about) for word, about in offers if word == one_line(word)]  # the rest cannot be shown
        return []

    update_wrapper(complete, offer)
    del complete.__wrapped__  # type: ignore[attr-defined]  # typer reads the parameters of the innermost function
    return complete


@_safely
def complete_run(ctx: typer.Context, _incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer `latest`, then the runs under --runs-dir, newest first. Leave out runs that were typed already."""
    from lrsearch.store import LATEST, list_runs

    already = ctx.params.get("runs") or ()
    runs = list_runs(Path(ctx.params.get("runs_dir") or "runs"))
    if runs:
        yield LATEST, f"the newest run: {runs[-1].name}"
    for run in reversed(runs):
        if run.name not in already:
            yield run.name, ""


@_safely
def complete_spec(_ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer YAML files and folders. If a folder is the only match, offer its contents too."""
    folder, _, beginning = incomplete.rpartition("/")
    root = f"{folder}/" if incomplete.startswith("/") or folder else ""
    found = list(_specs_in(root, beginning))
    if len(found) == 1 and found[0].endswith("/"):
        found += _specs_in(found[0], "")
    for name in found:
        yield name, ""


def _specs_in(folder: str, beginning: str) -> Iterator[str]:
    return _files_in(folder, beginning, {".yaml", ".yml"})


def _files_in(folder: str, beginning: str, endings: Collection[str]) -> Iterator[str]:
    for path in sorted(Path(folder or ".").iterdir()):
        is_hidden = path.name.startswith(".") and not beginning.startswith(".")
        if is_hidden or not path.name.startswith(beginning):
            continue
        if path.is_dir():
            yield f"{folder}{path.name}/"
        elif path.suffix in endings:
            yield f"{folder}{path.name}"


@_safely
def complete_plugin(_ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer Python files and folders. No file is read."""
    folder, _, beginning = incomplete.rpartition("/")
    root = f"{folder}/" if incomplete.startswith("/") or folder else ""
    for name in _files_in(root, beginning, {".py"}):
        yield name, ""


@_safely
def complete_kind(_ctx: typer.Context, _incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the kinds that `lrsearch list` can list."""
    for kind in TABLES:
        yield kind, ""


@_safely
def complete_listed_name(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the names of the kind that the user has typed, as in `lrsearch list optimizers ...`."""
    yield from _names(str(ctx.params.get("what")), incomplete)


def name_completer(kind: str) -> Completer:
    """Make a completer that offers the names of one kind.

    Args:
        kind: datasets, models, optimizers or schedules.
    """

    @_safely
    def complete_name(_ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
        yield from _names(kind, incomplete)

    return complete_name


def _names(kind: str, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the main names of a kind. If no main name begins with the typed text, yield the aliases."""
    entries = TABLES[kind].values()
    names = [(entry.name, entry.about) for entry in entries]
    if any(name.startswith(incomplete) for name, _ in names):
        yield from names
    else:
        yield from ((alias, f"another name of {entry.name}") for entry in entries for alias in entry.aliases)


def word_completer(words: Sequence[str]) -> Completer:
    """Make a completer that offers a fixed list of words."""

    @_safely
    def complete_word(_ctx: typer.Context, _incomplete: str) -> Iterator[tuple[str, str]]:
        for word in words:
            yield word, ""

    return complete_word


@_safely
def complete_setting(_ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the keys after --set and --over. After `KEY=`, offer the names that the key takes, such as optimizers."""
    from lrsearch.spec import describe_keys

    key, equals, _ = incomplete.partition("=")
    if equals:
        kind = next(kind for kind, its_key in KEYS.items() if its_key == key)
        for entry in TABLES[kind].values():
            yield f"{key}={entry.name}", entry.about
        return
    for key, about in describe_keys().items():
        yield f"{key}=", about
