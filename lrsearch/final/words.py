"""Writes the result of a final training as lines of text."""

from __future__ import annotations

from lrsearch.catalog import Metric
from lrsearch.final.record import FinalTest
from lrsearch.plans import FinalPlan
from lrsearch.spec import Spec
from lrsearch.wording import counted


def rate_line(spec: Spec, plan: FinalPlan, *, is_program: bool = False) -> str:
    """Write which rate is trained, for how long, and why.

    Args:
        spec: The spec of a final training, with its single rate.
        plan: The final training.
        is_program: Whether a program trains, which may decide the number of epochs itself.
    """
    length = "" if is_program else f", {counted(spec.train.epochs, 'epoch')}"
    return f"lr {rates_of(spec)[0]:g}{length} ({plan.reason})"


def rates_of(spec: Spec) -> tuple[float, ...]:
    """Return the listed rates of a spec; a final training has one."""
    rates = spec.search.lr
    return rates if isinstance(rates, tuple) else ()


def final_lines(plan: FinalPlan, test: FinalTest | None, metric: Metric, n_seeds: int) -> list[str]:
    """Write what a search expected, and what the final training scored on the test part.

    Args:
        plan: The final training.
        test: Its result; None before it is finished.
        metric: The metric of the search.
        n_seeds: Number of seeds.
    """
    if test is None:
        return ["the final training is not finished"]
    source = "in training" if metric.name == "train_loss" else "on validation examples"
    expected = "" if plan.expected is None else f"expected {metric.text(plan.expected)} {source}"
    seeds = counted(n_seeds, "seed")
    if test.mean is None or test.n_test is None:
        none = "the data have no test part, so the network was not tested"
        if test.n_test is not None:
            none = f"the network was not tested, because {metric.label} is not measured on test examples"
        if test.files and test.files[0].startswith("trials/"):
            none = "the program trained the network; lrsearch does not test it"
        return [f"{expected}; {none}" if expected else none]
    name = metric.label.removeprefix("validation ")
    scored = f"test {name} {metric.text(test.mean)} ({counted(test.n_test, 'example')}, {seeds})"
    lines = [f"{expected}; {scored}" if expected else scored]
    if test.low is not None and test.high is not None:
        where = "inside" if test.is_expected else "outside"
        ends = (test.low, test.high)
        low, high = (metric.text(min(max(end, 0.0), 1.0) if metric.scale == "share" else end) for end in ends)
        noise = "noise of seeds, validation and test examples"
        lines.append(f"{where} the 95 % interval that the search predicts, {low} to {high} ({noise})")
    if plan.with_validation and plan.expected is not None:
        lines.append("the validation examples were trained on too, so the test may score higher than expected")
    if test.n_shared:
        verb = "is" if test.n_shared == 1 else "are"
        lines.append(
            f"! {test.n_shared:,} of the {counted(test.n_test, 'test example')} {verb} equal to training examples, so "
            "the score is higher than on new examples"
        )
    if test.n_looks > 1:
        used = f"! the test part was used {test.n_looks} times for this search"
        lines.append(f"{used}; if test scores choose the rate, they are too good")
    return lines
