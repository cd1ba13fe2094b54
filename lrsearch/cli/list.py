"""The command `list`: lists the names that a spec can give, such as models, and shows a page about each one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from lrsearch.catalog import DatasetEntry, Entry, MethodEntry, Metric, ModelEntry, OptimizerEntry, Option, ScheduleEntry
from lrsearch.cli.completion import complete_kind, complete_listed_name
from lrsearch.cli.kinds import KEYS, TABLES, known_names, one
from lrsearch.cli.options import PluginPaths
from lrsearch.errors import UsageError
from lrsearch.wording import closest, one_of

_WIDTH = 100
"""Maximum width of a page in columns. Longer lines are hard to read."""

_LETTERS = "t: number of the step, from 0; T: steps in the run; n: steps in an epoch; t and T leave out a warm-up"


def list_names(
    what: Annotated[
        str,
        typer.Argument(metavar="|".join(TABLES), help="What to list.", autocompletion=complete_kind),
    ],
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Show the page about this name.", autocompletion=complete_listed_name),
    ] = None,
    plugin: PluginPaths = None,
) -> None:
    """List the datasets, models, optimizers, schedules, losses or metrics that a spec can name, with their options.

    With a NAME, show the page about that name. The page about an optimizer or a schedule has a formula, a source and
    advice.

    Example: [bold]lrsearch list schedules one-cycle[/bold]
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from lrsearch.cli.output import make_console
    from lrsearch.cli.plugins import load_command_plugins

    load_command_plugins(plugin)
    if what not in TABLES:
        raise UsageError(_unknown("list: unknown", what, list(TABLES), list(TABLES)))
    entries = TABLES[what]
    if name is not None:
        entry = next((entry for entry in entries.values() if name in (entry.name, *entry.aliases)), None)
        if entry is None:
            raise UsageError(_unknown(f"unknown {one(what)}", name, known_names(what), list(entries)))
        _print_page(what, entry)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=False)
    for column in ("name", "what it is", "options (default)"):
        table.add_column(column)
    for entry in entries.values():
        options = [f"{key} ({_show_value(option.default)}): {option.about}" for key, option in entry.options.items()]
        table.add_row(Text(entry.name, style="bold"), Text(_about(entry)), Text("\n".join(options)))
    make_console().print(table)


def _unknown(message: str, word: str, known: list[str], shown: list[str]) -> str:
    near, names = closest(word, known), one_of(shown)
    if near is None:
        return f"{message} '{word}'; choose {names}"
    return f"{message} '{word}'; did you mean '{near}'? Choose {names}"


def _about(entry: Entry) -> str:
    about = entry.about
    if entry.plugin:
        about += f" ({_plugin_name(entry.plugin)})"
    if entry.aliases:
        about += f" (also: {', '.join(entry.aliases)})"
    match entry:
        case OptimizerEntry():
            about += f"; usual range {_usual_rates(entry)}"
        case ScheduleEntry(formula=formula) if formula:
            about += f"; share of the peak rate: {entry.formula}"
        case DatasetEntry(shape=(channels, height, width)):
            about += f"; {channels}x{height}x{width}, {entry.n_train:,} images, {entry.n_classes} classes"
            about += "; downloaded once" if entry.download else ""
        case DatasetEntry(n_train=int() as n_train):
            about += f"; {n_train:,} {entry.kind}" + (f", {entry.n_classes} classes" if entry.n_classes else "")
            about += "; downloaded once" if entry.download else ""
    return about


def _plugin_name(place: str) -> str:
    from lrsearch.plugins import plugin_name

    return plugin_name(place)


def _print_page(what: str, entry: Entry) -> None:
    """Print to stdout everything that the catalog knows about one name."""
    from rich.table import Table
    from rich.text import Text

    from lrsearch.cli.output import make_console

    console = make_console()
    width = min(console.width, _WIDTH)
    also = f" (also: {', '.join(entry.aliases)})" if entry.aliases else ""
    console.print(Text(f"{entry.name}{also}", style="bold"), width=width)
    console.print(Text(entry.about), width=width)
    console.print()
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(ratio=1)
    for name, text in _facts(entry):
        if text:
            facts.add_row(Text(name, style="bold"), Text(text))
    facts.add_row(Text("in a spec", style="bold"), Text(f"{KEYS[what]}: {_example(entry)}"))
    console.print(facts, width=width)
    if entry.options:
        console.print()
        options = Table.grid(padding=(0, 2))
        for _ in range(2):
            options.add_column(no_wrap=True)
        options.add_column(ratio=1)
        options.add_row(*(Text(title, style="bold") for title in ("option", "default", "what it is")))
        for key, option in entry.options.items():
            options.add_row(Text(key), Text(_show_value(option.default)), Text(_meaning(option)))
        console.print(options, width=width)


def _show_value(value: object) -> str:
    """Write a default value as a spec would.

    Example:
        >>> [_show_value(value) for value in (None, True, (0.9, 0.999), 1e-08, "cos")]
        ['null', 'true', '[0.9, 0.999]', '1e-08', 'cos']
    """
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _usual_rates(entry: OptimizerEntry) -> str:
    """Describe the usual range of rates of an optimizer."""
    times = ", times (1 - momentum)" if "momentum" in entry.options and not entry.plugin else ""
    return f"{entry.low:g} .. {entry.high:g}{times}"


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    if isinstance(entry, MethodEntry):
        yield "formula", entry.formula
        yield "source", entry.source
        yield "when to use", entry.use
        yield "strengths", entry.strengths
        yield "weaknesses", entry.weaknesses
    if entry.plugin:
        yield "plugin", entry.plugin
        if isinstance(entry, OptimizerEntry):
            yield "usual range", _usual_rates(entry)
        return
    match entry:
        case ScheduleEntry():
            yield "letters", _LETTERS
        case OptimizerEntry():
            yield "torch", f"torch.optim.{entry.torch_name}, with its defaults"
            yield "textbook", entry.textbook
            yield "usual range", _usual_rates(entry)
            stacks = (
                "yes: many rates can train as one stack, because each update of the weights is proportional to the rate"
            )
            yield (
                "population",
                stacks if entry.linear_in_lr else "no: an update of the weights is not proportional to the rate",
            )
        case ModelEntry():
            yield "takes", " and ".join(entry.takes)
            if least := entry.smallest_image:
                yield "images", f"at least {least}x{least} pixels, with the default options"
            yield (
                "population",
                "yes: many networks train as one stack" if entry.population else "no: each network trains alone",
            )
        case DatasetEntry():
            yield entry.kind, _examples(entry)
            yield "classes", "" if entry.n_classes is None else str(entry.n_classes)
            yield "download", "once, into the cache folder" if entry.download else "none"
        case Metric():
            yield "better", "lower values" if entry.lower_is_better else "higher values"


def _examples(entry: DatasetEntry) -> str:
    if entry.n_train is None:
        return "shape and number as in the files" if "shape" not in entry.options else "of the shape set in the options"
    test = f"; the {entry.n_test:,} test {entry.kind} are not used" if entry.n_test else ""
    shape = "" if entry.shape is None else f"{'x'.join(map(str, entry.shape))}, "
    return f"{shape}{entry.n_train:,} for training and validation{test}"


def _example(entry: Entry) -> str:
    changed = next(((key, option.default) for key, option in entry.options.items() if option.default is not None), None)
    return f"{{name: {entry.name}, {changed[0]}: {_show_value(changed[1])}}}" if changed else entry.name


def _meaning(option: Option) -> str:
    from lrsearch.spec import interval

    if option.words:
        words = ", ".join(option.words)
        return option.about if words.replace(", ", " or ") in option.about else f"{option.about} ({words})"
    bounds = interval(option).removeprefix("of ")
    return f"{option.about} ({bounds})" if bounds else option.about
