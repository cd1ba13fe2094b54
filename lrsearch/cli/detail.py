"""The page of one thing of the catalog: what it computes, when to take it, its options."""

from __future__ import annotations

from collections.abc import Iterator

from lrsearch.catalog import DatasetEntry, Entry, MethodEntry, ModelEntry, OptimizerEntry, Option, ScheduleEntry

_WIDTH = 100
"""Columns of a page at most: longer lines are hard to read."""

_KEYS = {
    "datasets": "data.dataset",
    "models": "model",
    "optimizers": "train.optimizer",
    "schedules": "train.schedule",
}
"""Where a spec names each kind of thing."""

_LETTERS = "t: step from 0; T: steps of the run; n: steps of an epoch; behind a warm-up, without its steps"


def print_detail(what: str, entry: Entry) -> None:
    """Print all that the catalog knows of one thing to stdout.

    Args:
        what: datasets, models, optimizers or schedules.
        entry: The thing.
    """
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
    facts.add_row(Text("in a spec", style="bold"), Text(f"{_KEYS[what]}: {_example(entry)}"))
    console.print(facts, width=width)
    if entry.options:
        console.print()
        options = Table.grid(padding=(0, 2))
        for _ in range(2):
            options.add_column(no_wrap=True)
        options.add_column(ratio=1)
        options.add_row(*(Text(title, style="bold") for title in ("option", "default", "what it is")))
        for key, option in entry.options.items():
            options.add_row(Text(key), Text(show_value(option.default)), Text(_meaning(option)))
        console.print(options, width=width)


def show_value(value: object) -> str:
    """A default as a spec would write it.

    Example:
        >>> [show_value(value) for value in (None, True, (0.9, 0.999), 1e-08, "cos")]
        ['null', 'true', '[0.9, 0.999]', '1e-08', 'cos']
    """
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def usual_rates(entry: OptimizerEntry) -> str:
    """The usual range of an optimizer's rates in words."""
    return f"{entry.low:g} .. {entry.high:g}" + (", times 1 - momentum" if "momentum" in entry.options else "")


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    if isinstance(entry, MethodEntry):
        yield "formula", entry.formula
        yield "source", entry.source
        yield "when to use", entry.use
        yield "strengths", entry.strengths
        yield "weaknesses", entry.weaknesses
    match entry:
        case ScheduleEntry():
            yield "letters", _LETTERS
        case OptimizerEntry():
            yield "torch", f"torch.optim.{entry.torch_name}, with its defaults"
            yield "textbook", entry.textbook
            yield "usual range", usual_rates(entry)
            stacks = "a step is proportional to the rate, so that many rates train as one stack"
            yield "population", stacks if entry.linear_in_lr else "no: a step is not proportional to the rate"
        case ModelEntry():
            yield "images", f"of at least {entry.smallest_image}x{entry.smallest_image}, at the default options"
            yield "population", "yes: many of it train as one stack" if entry.population else "no: each trains alone"
        case DatasetEntry():
            yield "images", _images(entry)
            yield "classes", "" if entry.n_classes is None else str(entry.n_classes)
            yield "download", "once, into the cache folder" if entry.download else "none"


def _images(entry: DatasetEntry) -> str:
    if entry.shape is None:
        return "as the files have them" if "shape" not in entry.options else "of the shape in the options"
    test = f"; {entry.n_test:,} of the test set stay apart" if entry.n_test else ""
    return f"{'x'.join(map(str, entry.shape))}, {entry.n_train:,} to train and validate with{test}"


def _example(entry: Entry) -> str:
    changed = next(((key, option.default) for key, option in entry.options.items() if option.default is not None), None)
    return f"{{name: {entry.name}, {changed[0]}: {show_value(changed[1])}}}" if changed else entry.name


def _meaning(option: Option) -> str:
    from lrsearch.spec import interval

    if option.words:
        words = ", ".join(option.words)
        return option.about if words.replace(", ", " or ") in option.about else f"{option.about} ({words})"
    bounds = interval(option).removeprefix("of ")
    return f"{option.about} ({bounds})" if bounds else option.about
