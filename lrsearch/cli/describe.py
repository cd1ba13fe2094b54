"""The commands that train nothing: check, init, list; and the plan that --dry-run prints."""

from __future__ import annotations

import difflib
import json
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrsearch.catalog import DATASETS, MODELS, OPTIMIZERS, SCHEDULES, DatasetEntry, Entry, OptimizerEntry, ScheduleEntry
from lrsearch.cli.detail import print_detail, show_value, usual_rates
from lrsearch.cli.options import (
    Device,
    Epochs,
    High,
    Jobs,
    Low,
    Over,
    Points,
    Repeats,
    Seed,
    Sets,
    SpecPath,
    Time,
    Trials,
    as_sets,
)
from lrsearch.errors import UsageError

if TYPE_CHECKING:
    from lrsearch.spec import Spec

DEFAULT_SPEC = Path("lrsearch.yaml")
TABLES: dict[str, dict[str, Entry]] = {
    "datasets": dict(DATASETS),
    "models": dict(MODELS),
    "optimizers": dict(OPTIMIZERS),
    "schedules": dict(SCHEDULES),
}


def read_spec(path: Path | None, sets: list[str], over: list[str] | None = None) -> Spec:
    """The spec that a command works with; what is odd about it is said on stderr."""
    from lrsearch.cli.output import say
    from lrsearch.spec import arm_specs, is_empty_spec, load_spec, spec_warnings

    if path is None and DEFAULT_SPEC.is_file():
        path = DEFAULT_SPEC
        say(f"using ./{DEFAULT_SPEC}")
    spec = load_spec(path, sets, over or ())
    if path is not None and path.is_file() and is_empty_spec(path):
        say(f"{path} is empty: the default spec is used")
    said = {arm: spec_warnings(of_arm) for arm, of_arm in arm_specs(spec).items()}
    for warning in dict.fromkeys(warning for warnings in said.values() for warning in warnings):
        arms = [arm for arm, warnings in said.items() if warning in warnings]
        of_arms = "" if len(arms) == len(said) else f"{', '.join(arms)}: "
        say(f"! {of_arms}{warning}")
    return spec


def check(
    spec: SpecPath = None,
    strategy: Annotated[str, typer.Option("--strategy", help="grid, random or bayes.")] = "grid",
    sets: Sets = None,
    over: Over = None,
    seed: Seed = None,
    device: Device = None,
    jobs: Jobs = None,
    trials: Trials = None,
    points: Points = None,
    low: Low = None,
    high: High = None,
    epochs: Epochs = None,
    repeats: Repeats = None,
    time: Time = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a spec, for an editor.")] = False,
) -> None:
    """Check a spec and print the plan; train nothing.

    Example: [bold]lrsearch check configs/mnist.yaml --time[/bold]
    """
    if schema:
        from lrsearch.spec import spec_schema

        sys.stdout.write(json.dumps(spec_schema(), indent=2) + "\n")
        return
    changes = as_sets(
        sets,
        seed=seed,
        device=device,
        jobs=jobs,
        trials=trials,
        points=points,
        low=low,
        high=high,
        repeats=repeats,
        epochs=epochs,
    )
    print_plan(read_spec(spec, changes, over), strategy, time=time)


def print_plan(spec: Spec, strategy: str, *, time: bool = False) -> None:
    """Print what a search would do to stdout: setting, range, rates; with `time` the expected duration."""
    from lrsearch.cli.output import make_console
    from lrsearch.report.terminal import arms_line
    from lrsearch.runs import n_trials
    from lrsearch.spec import arm_specs

    console, specs, total = make_console(), arm_specs(spec), 0.0
    if spec.arms:
        n_rates = sum(n_trials(strategy, of_arm) // of_arm.search.repeats for of_arm in specs.values())
        console.print(arms_line(spec.name, specs, n_rates), soft_wrap=True)
    for arm, of_arm in specs.items():
        if arm:
            console.print()
        total += _print_arm(of_arm, strategy, arm or spec.name, time=time)
    if spec.arms and time:
        console.print(f"\ntime of all arms: about {_duration(total)}", soft_wrap=True)


def _print_arm(spec: Spec, strategy: str, name: str, *, time: bool) -> float:
    """Print the plan of a search without arms; its seconds, where they are measured."""
    from lrsearch.cli.output import make_console
    from lrsearch.report.rates import short_rate
    from lrsearch.report.terminal import plan_line
    from lrsearch.runs import n_further
    from lrsearch.spec import AUTO
    from lrsearch.strategies import N_STARTUP, planned_rates, space_of

    console = make_console()
    rates, space = planned_rates(strategy, spec), space_of(spec)
    n_rates = spec.search.trials if rates is None else len(rates)
    n_trials = n_rates * spec.search.repeats
    console.print(plan_line(name, spec, n_rates), soft_wrap=True)
    if spec.search.lr == AUTO:
        console.print("first a range test (search.lr: auto); what follows is for the usual range", soft_wrap=True)
    console.print(
        f"{strategy}: {_count(n_rates, 'rate')} in {short_rate(space.low)} .. {short_rate(space.high)} "
        f"({space.reason}), {_count(spec.search.repeats, 'seed')} each: {_count(n_trials, 'training')} of "
        f"{_count(spec.train.epochs, 'epoch')}",
        soft_wrap=True,
    )
    if rates is None:
        batch = spec.search.batch
        n_random = min(n_rates, -(-N_STARTUP // batch) * batch)
        console.print(
            f"rates: proposed {batch} at a time from the results before; the first {n_random} at random",
            soft_wrap=True,
        )
    else:
        console.print("rates: " + ", ".join(map(short_rate, rates)), soft_wrap=True)
    further = n_further(strategy, spec)
    if further:
        stages = ", ".join(f"{stage} {n:,}" for stage, n in further.items())
        console.print(f"then, at most: {stages} more trainings, as the results ask for", soft_wrap=True)
    if not time:
        return 0.0
    from lrsearch.training.timing import epoch_seconds

    seconds, device = epoch_seconds(spec)
    total = seconds * spec.train.epochs * n_trials
    more = seconds * spec.train.epochs * sum(further.values())
    behind = f", then at most {_duration(more)} more" if further else ""
    console.print(
        f"time: about {_duration(total)}{behind} on {device} ({seconds:.2g} s an epoch, from a few measured steps)",
        soft_wrap=True,
    )
    return total


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "1 s or less"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = DEFAULT_SPEC,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a commented spec to start from: every key with its default.

    Example: [bold]lrsearch init my-search.yaml[/bold]
    """
    from lrsearch.cli.output import say
    from lrsearch.spec import spec_template

    try:
        with file.open("w" if force else "x", encoding="utf-8") as target:
            target.write(spec_template())
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder; name a file in it") from None
    except FileExistsError:
        if file.is_dir():
            raise UsageError(f"{file} is a folder; name a file in it") from None
        raise UsageError(f"{file} exists; `lrsearch init {file} --force` overwrites it") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
    argument = "" if file == DEFAULT_SPEC else f" {shlex.quote(str(file))}"
    say(f"wrote {file}; next: lrsearch check{argument}")


def list_names(
    what: Annotated[str, typer.Argument(metavar="datasets|models|optimizers|schedules", help="What to list.")],
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One of them, with all that is known of it.")
    ] = None,
) -> None:
    """List what can be named in a spec, with options and defaults; with a NAME formula, source and advice too.

    Example: [bold]lrsearch list schedules one-cycle[/bold]
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from lrsearch.cli.output import make_console

    if what not in TABLES:
        raise UsageError(f"list: unknown '{what}'{_meant(what, TABLES)}there are {', '.join(TABLES)}")
    entries = TABLES[what]
    if name is not None:
        entry = next((entry for entry in entries.values() if name in (entry.name, *entry.aliases)), None)
        if entry is None:
            names = [known for entry in entries.values() for known in (entry.name, *entry.aliases)]
            raise UsageError(f"unknown {what[:-1]} '{name}'{_meant(name, names)}there are {', '.join(entries)}")
        print_detail(what, entry)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=False)
    for column in ("name", "what it is", "options (default)"):
        table.add_column(column)
    for entry in entries.values():
        options = [f"{key} ({show_value(option.default)}): {option.about}" for key, option in entry.options.items()]
        table.add_row(Text(entry.name, style="bold"), Text(_about(entry)), Text("\n".join(options)))
    make_console().print(table)


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean '{close[0]}'? " if close else "; "


def _about(entry: Entry) -> str:
    about = entry.about
    if entry.aliases:
        about += f" (also: {', '.join(entry.aliases)})"
    match entry:
        case OptimizerEntry():
            about += f"; usual range {usual_rates(entry)}"
        case ScheduleEntry():
            about += f"; rate x {entry.formula}"
        case DatasetEntry(shape=(channels, height, width)):
            about += f"; {channels}x{height}x{width}, {entry.n_train:,} images, {entry.n_classes} classes"
            about += "; fetched once" if entry.download else ""
    return about
