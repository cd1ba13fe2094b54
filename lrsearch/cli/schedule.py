"""The command `schedule`: plots the learning rate against the epoch."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lrsearch.cli.options import PluginPaths, Sets, SpecPath
from lrsearch.cli.output_file import check_output_file, write_output
from lrsearch.cli.signature import KeyValues, takes_key_flags
from lrsearch.cli.streams import write_out
from lrsearch.errors import DataError, UsageError
from lrsearch.wording import counted

if TYPE_CHECKING:
    from lrsearch.spec import Spec


MOST_ARMS = 26
"""Maximum number of arms in a plot. Each arm is drawn with a letter of the alphabet."""


class CurveFormat(StrEnum):
    """The formats in which a schedule is printed."""

    TABLE = "table"
    CSV = "csv"


@takes_key_flags("schedule")
def schedule(
    spec: SpecPath = None,
    lr: Annotated[
        str | None,
        typer.Option("--lr", help="The peak rate of the schedule; the default is the middle of the searched range."),
    ] = None,
    sets: Sets = None,
    *,
    keys: KeyValues,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write a picture to FILE.png or FILE.svg.")
    ] = None,
    form: Annotated[
        CurveFormat, typer.Option("--format", help="table: a plot; csv: the rate at every step.")
    ] = CurveFormat.TABLE,
    plugin: PluginPaths = None,
) -> None:
    """Plot the schedule of a spec, or of each of its arms: the learning rate against the epoch.

    Example: [bold]lrsearch schedule --schedule one-cycle --out rate.svg[/bold]
    """
    from lrsearch.cli.output import say
    from lrsearch.cli.plugins import load_command_plugins
    from lrsearch.cli.spec_file import read_spec

    if out is not None:
        check_output_file("--out", out, (".png", ".svg"))
    peak = None if lr is None else _parse_rate(lr)
    load_command_plugins(plugin)
    checked = read_spec(spec, keys, sets)
    drawn = _drawn_arms(checked, peak)
    if out is not None:
        _write_picture(checked.name, drawn, out)
        say(f"wrote {out}")
    if form is CurveFormat.CSV:
        _print_csv(drawn)
    else:
        _print_drawing(checked.name, drawn)
    if any(each.spec.train.schedule.name == "plateau" for each in drawn):
        say("! plateau: the curve has no drops, because the drops depend on the validation loss during training")


@dataclass(frozen=True)
class _Drawn:
    """A curve to draw: an arm ("" if the spec has no arms), its peak rate, and its optimizer steps per epoch."""

    arm: str
    spec: Spec
    lr: float
    n_steps: int

    @property
    def label(self) -> str:
        return self.arm or self.spec.train.schedule.name


def _drawn_arms(spec: Spec, peak: float | None) -> list[_Drawn]:
    """Return the curve of each arm, with the peak rate `peak`.

    The default peak is the middle rate of the arm's range.
    """
    from lrsearch.cli.output import say
    from lrsearch.spec import arm_specs

    arms = arm_specs(spec)
    if len(arms) > MOST_ARMS:
        say(f"! only the first {MOST_ARMS} of {len(arms)} arms are drawn")
    drawn = []
    for arm, of_arm in list(arms.items())[:MOST_ARMS]:
        lr, n_steps = middle_rate(of_arm) if peak is None else peak, _steps_per_epoch(of_arm)
        drawn.append(_Drawn(arm, of_arm, lr, n_steps))
    return drawn


def middle_rate(spec: Spec) -> float:
    """Return the middle rate of a search: the geometric mean of its range, to three digits, or the median of its list.

    If a list has an even number of rates, the larger of the two middle rates is returned.

    Args:
        spec: A checked spec.
    """
    from lrsearch.spec import LrRange, search_rates
    from lrsearch.wording import short_rate

    rates = search_rates(spec)
    if isinstance(rates, LrRange):
        return float(short_rate(math.exp((math.log(rates.low) + math.log(rates.high)) / 2)))
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
    if not 1e-100 <= rate <= 1e100:
        raise UsageError(f"--lr: {rate:g} is too small or too large to draw; give a rate in [1e-100, 1e100]")
    return rate


def _steps_per_epoch(spec: Spec) -> int:
    """Count the optimizer steps per epoch. Open the data only if the catalog does not know the number of images."""
    from lrsearch.spec import dotted, optimizer_steps, schedule_violations, training_size, warmup_problem

    n_train = training_size(spec)
    if n_train is not None:
        n_train = min(n_train, spec.data.train_size or n_train)
    else:
        from lrsearch.data import open_split

        n_train = len(open_split(spec.data).y_train)
        problem = warmup_problem(spec, n_train)
        faults = [f"train.warmup: {problem}"] if problem else []
        faults += [f"{dotted(path)}: {fault}" for path, fault in schedule_violations(spec, n_train)]
        if faults:
            raise DataError(*faults)
    return optimizer_steps(spec, n_train)


def _title(drawn: Sequence[_Drawn]) -> str:
    from lrsearch.catalog import SCHEDULES
    from lrsearch.reporting.terminal import named
    from lrsearch.wording import distinct_rates

    first = drawn[0]
    peaks = sorted({each.lr for each in drawn})
    peak = " .. ".join(distinct_rates([peaks[0], peaks[-1]] if len(peaks) > 1 else peaks))
    if len(drawn) > 1:
        return f"{len(drawn)} arms · peak lr {peak}"
    schedule = named(first.spec.train.schedule, SCHEDULES[first.spec.train.schedule.name])
    return f"{schedule} · peak lr {peak}"


def _run_words(drawn: Sequence[_Drawn]) -> str:
    def span(counts: set[int], noun: str) -> str:
        few, many = min(counts), max(counts)
        return counted(few, noun) if few == many else f"{few:,} to {counted(many, noun)}"

    steps = span({each.n_steps for each in drawn}, "step")
    return f"{span({each.spec.train.epochs for each in drawn}, 'epoch')} of {steps}"


def _write_picture(name: str, drawn: Sequence[_Drawn], path: Path) -> None:
    from lrsearch.reporting.pictures import schedule_picture, spec_curve

    curves = {
        f"{each.label}, without its drops" if each.spec.train.schedule.name == "plateau" else each.label: spec_curve(
            each.spec, each.lr, each.n_steps
        )
        for each in drawn
    }
    steps = {each.n_steps for each in drawn}
    counts = f" ({counted(max(steps), 'optimizer step')} each)" if len(steps) == 1 else ""
    form: Literal["png", "svg"] = "png" if path.suffix.lower() == ".png" else "svg"
    contents = schedule_picture(curves, f"{name}: {_title(drawn)}", form, f"epoch{counts}")
    write_output("--out", path, contents)


def _print_drawing(name: str, drawn: Sequence[_Drawn]) -> None:
    from lrsearch.cli.output import make_console
    from lrsearch.reporting.pictures import draw_schedules, spec_curve

    console = make_console()
    of = f"{name}: " if len(drawn) > 1 else ""
    console.print(f"{of}{_title(drawn)} · {_run_words(drawn)}", soft_wrap=True)
    console.print("learning rate", soft_wrap=True)
    curves = {each.label: spec_curve(each.spec, each.lr, each.n_steps) for each in drawn}
    width = min(max(console.width, 40), 80)
    console.print(*draw_schedules(curves, width).splitlines(), sep="\n", soft_wrap=True)


def _print_csv(drawn: Sequence[_Drawn]) -> None:
    """Print a row for each step: the arm (if there are arms), the steps and epochs before this step, and the rate."""
    from lrsearch.optim.schedules import spec_schedule

    has_arms = any(each.arm for each in drawn)
    try:
        write_out("arm,step,epoch,lr\n" if has_arms else "step,epoch,lr\n")
        for each in drawn:
            arm, n_steps = f"{each.arm}," if has_arms else "", each.n_steps
            scale = spec_schedule(each.spec, each.spec.train.epochs, n_steps)
            for step in range(each.spec.train.epochs * n_steps):
                write_out(f"{arm}{step},{step / n_steps:.10g},{each.lr * scale(step):.10g}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has closed the pipe, as `head` does. Typer would end with exit code 1.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
