"""The command that draws a schedule: the learning rate against the epoch."""

from __future__ import annotations

import math
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lrsearch.cli.options import Epochs, Sets, SpecPath, as_sets
from lrsearch.errors import DataError, UsageError

if TYPE_CHECKING:
    from lrsearch.spec import Spec


class CurveFormat(StrEnum):
    """How a schedule is printed."""

    TABLE = "table"
    CSV = "csv"


def schedule(
    spec: SpecPath = None,
    lr: Annotated[
        str | None,
        typer.Option("--lr", help="The peak rate; without it the middle of the rates that the spec searches."),
    ] = None,
    sets: Sets = None,
    epochs: Epochs = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a picture too: FILE.png or FILE.svg.")
    ] = None,
    form: Annotated[
        CurveFormat, typer.Option("--format", help="table: a drawing; csv: the rate of every step.")
    ] = CurveFormat.TABLE,
) -> None:
    """Draw a spec's schedule: the learning rate against the epoch.

    Example: [bold]lrsearch schedule --set train.schedule=one-cycle --out rate.svg[/bold]
    """
    from lrsearch.cli.describe import read_spec
    from lrsearch.cli.output import say

    picture = None if out is None else (out, _picture_form(out))
    peak = None if lr is None else _parse_rate(lr)
    checked = read_spec(spec, as_sets(sets, epochs=epochs))
    if peak is None:
        peak = middle_rate(checked)
    n_steps = _steps_per_epoch(checked)
    _check_size(checked, peak, n_steps)
    if picture is not None:
        _write_picture(checked, peak, n_steps, *picture)
        say(f"wrote {out}")
    if form is CurveFormat.CSV:
        _print_csv(checked, peak, n_steps)
    else:
        _print_drawing(checked, peak, n_steps)
    if checked.train.schedule.name == "plateau":
        say("! plateau: drawn without its drops, which depend on the validation loss of a training")


def middle_rate(spec: Spec) -> float:
    """The geometric middle of the range that a spec searches, to three digits; of listed rates the middle one.

    Args:
        spec: A checked spec.
    """
    from lrsearch.spec import LrRange, search_rates

    rates = search_rates(spec)
    if isinstance(rates, LrRange):
        return float(f"{math.exp((math.log(rates.low) + math.log(rates.high)) / 2):.3g}")
    return sorted(rates)[len(rates) // 2]


def _parse_rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        raise UsageError(f"--lr: expected a number, got text '{text}'") from None
    if not math.isfinite(rate):
        raise UsageError(f"--lr: must be finite, got {text}")
    if rate <= 0:
        raise UsageError(f"--lr: must be above 0, got {text}")
    return rate


def _check_size(spec: Spec, lr: float, n_steps: int) -> None:
    """Numbers at the edge of what a float can hold have no axis."""
    if not 1e-100 <= lr <= 1e100:
        raise UsageError(f"--lr: a rate of {lr:g} cannot be drawn; give one in [1e-100, 1e100]")
    if spec.train.epochs * n_steps > 2**53:
        raise UsageError("train.epochs: a run of more than 2^53 steps cannot be drawn")


def _picture_form(path: Path) -> Literal["png", "svg"]:
    """The form that a file's name asks for, in a folder that is there."""
    if path.is_dir():
        raise UsageError(f"--out: {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"--out: no such folder '{path.parent}'")
    match path.suffix.lower():
        case ".png":
            return "png"
        case ".svg":
            return "svg"
    raise UsageError(f"--out: expected FILE.png or FILE.svg, got '{path.name}'")


def _steps_per_epoch(spec: Spec) -> int:
    """Optimizer steps in an epoch, from the catalog where it knows the data, else from the data themselves."""
    from lrsearch.spec import optimizer_steps, schedule_faults, training_size, warmup_problem
    from lrsearch.spec.values import dotted

    n_train = training_size(spec)
    if n_train is not None:
        n_train = min(n_train, spec.data.train_size or n_train)
    elif spec.data.dataset.name == "own":
        raise DataError("data.dataset: 'own' stands for arrays that are given from Python")
    else:
        from lrsearch.data import open_split

        n_train = len(open_split(spec.data).y_train)
        problem = warmup_problem(spec, n_train)
        faults = [f"train.warmup: {problem}"] if problem else []
        faults += [f"{dotted(path)}: {fault}" for path, fault in schedule_faults(spec, n_train)]
        if faults:
            raise DataError("\n".join(faults))
    return optimizer_steps(spec, n_train)


def _title(spec: Spec, lr: float) -> str:
    from lrsearch.catalog import SCHEDULES
    from lrsearch.report import short_rate
    from lrsearch.report.lines import named

    schedule = named(spec.train.schedule, SCHEDULES[spec.train.schedule.name])
    return f"{schedule} · peak lr {short_rate(lr)}"


def _run_words(spec: Spec, n_steps: int) -> str:
    epochs = spec.train.epochs
    steps = f"{n_steps:,} step{'s' * (n_steps != 1)}"
    return f"1 epoch of {steps}" if epochs == 1 else f"{epochs:,} epochs of {steps}"


def _write_picture(spec: Spec, lr: float, n_steps: int, path: Path, form: Literal["png", "svg"]) -> None:
    from lrsearch.report.schedule_plot import schedule_picture, spec_curve

    name = spec.train.schedule.name
    label = f"{name}, without its drops" if name == "plateau" else name
    curves = {label: spec_curve(spec, lr, n_steps)}
    x_label = f"epoch ({n_steps:,} optimizer step{'s' * (n_steps != 1)} each)"
    contents = schedule_picture(curves, f"{spec.name}: {_title(spec, lr)}", form, x_label)
    try:
        path.write_bytes(contents)
    except OSError as error:
        raise UsageError(f"--out: {path}: cannot be written: {error.strerror}") from None


def _print_drawing(spec: Spec, lr: float, n_steps: int) -> None:
    from lrsearch.cli.output import make_console
    from lrsearch.report.schedule_plot import draw_schedules, spec_curve

    console = make_console()
    console.print(f"{_title(spec, lr)} · {_run_words(spec, n_steps)}", soft_wrap=True)
    console.print("learning rate", soft_wrap=True)
    curve = spec_curve(spec, lr, n_steps)
    width = min(max(console.width, 40), 80)
    console.print(draw_schedules({spec.train.schedule.name: curve}, width), soft_wrap=True)


def _print_csv(spec: Spec, lr: float, n_steps: int) -> None:
    """A row for each step: steps and epochs done before it, and its rate."""
    from lrsearch.optim.schedules import spec_schedule

    scale = spec_schedule(spec, spec.train.epochs, n_steps)
    try:
        sys.stdout.write("step,epoch,lr\n")
        for step in range(spec.train.epochs * n_steps):
            sys.stdout.write(f"{step},{step / n_steps:.10g},{lr * scale(step):.10g}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone (`| head`). Typer would make that exit code 1.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
