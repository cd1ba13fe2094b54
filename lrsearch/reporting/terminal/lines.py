"""Writes the lines around the table: what was searched, the answer, the settings of the training, the next command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lrsearch.catalog import LOSSES, MODELS, OPTIMIZERS, SCHEDULES, Entry
from lrsearch.reporting.terminal.answer import run_answer
from lrsearch.reporting.terminal.auto_lines import scan_lines
from lrsearch.reporting.terminal.pytorch import pytorch_lines
from lrsearch.reporting.terminal.suggested import suggested_lines
from lrsearch.reporting.terminal.trained import OWN_MODEL, SPEC_MODEL, Trained, command_line, trained_by
from lrsearch.spec import Choice, Spec, optimizer_steps, search_metric
from lrsearch.store import RANGE_FILE, run_argument
from lrsearch.wording import counted, rounded

if TYPE_CHECKING:
    from lrsearch.runs import Run

ALWAYS_SHOWN = frozenset({"hidden", "momentum", "weight_decay"})
"""Options that are shown even at their defaults, unless they are 0."""


def named(choice: Choice, entry: Entry) -> str:
    """Write the name of a model, optimizer or schedule, with its options that differ from the defaults.

    Example:
        >>> named(Choice("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.0}), OPTIMIZERS["sgd"])
        'sgd, momentum 0.9, nesterov'
        >>> named(Choice("cyclic", {"mode": "triangular", "step_size": None, "low": 0.0}), SCHEDULES["cyclic"])
        'cyclic, low 0.0'
    """
    shown = [choice.name]
    for key, value in choice.options.items():
        # Two runs may have used different plugins of one name, whose options differ.
        default = entry.options[key].default if key in entry.options else None
        if value == default and (not value or key not in ALWAYS_SHOWN):
            continue
        words = key.replace("_", " ")
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
        shown.append(words if value is True else f"{words} {text}")
    return ", ".join(shown)


def plan_line(name: str, spec: Spec, n_rates: int, trained: Trained = SPEC_MODEL, budget: int | None = None) -> str:
    """Describe a search in one line.

    Args:
        name: The name of the run, the spec or the arm.
        spec: The spec.
        n_rates: Number of learning rates.
        trained: What is trained.
        budget: Maximum number of trainings, shown in place of the number of rates; None if the search has no such
            budget.
    """
    rates = f"{counted(n_rates, 'rate')}{_seeds(spec)}" if budget is None else _at_most(budget)
    return " · ".join([name, *_settings(spec, trained), rates])


def arms_line(
    name: str, arms: Mapping[str, Spec], n_rates: int, trained: Trained = SPEC_MODEL, budget: int | None = None
) -> str:
    """Describe in one line what all arms of a search share. See `plan_line` for the arguments."""
    parts = [set(of_arms) for of_arms in zip(*(_settings(spec, trained) for spec in arms.values()), strict=True)]
    seeds = {_seeds(spec) for spec in arms.values()}
    common = [next(iter(words)) for words in parts if len(words) == 1]
    rates = f"{counted(n_rates, 'rate')}{next(iter(seeds)) if len(seeds) == 1 else ''}"
    return " · ".join([name, counted(len(arms), "arm"), *common, rates if budget is None else _at_most(budget)])


def _at_most(budget: int) -> str:
    return f"at most {counted(budget, 'training')}"


def _seeds(spec: Spec) -> str:
    """Write the number of seeds per rate, such as ` x 3 seeds`; "" for one seed."""
    return f" x {counted(spec.search.repeats, 'seed')}" if spec.search.repeats > 1 else ""


def header_line(run: Run) -> str:
    """Describe in one line what a run searches and on which device it trains."""
    trained, budget = trained_by(run), sum(run.budgets.values()) or None
    if not run.spec.arms:
        line = plan_line(run.name, run.spec, run.n_rates, trained, budget)
    else:
        line = arms_line(run.name, run.arms, run.n_rates, trained, budget)
    if trained.program is not None:
        jobs = run.manifest.plan.jobs.value
        return f"{line} · {jobs} at a time" if jobs > 1 else line
    wheres = {_where(run, arm) for arm in run.arms}
    if len(wheres) == 1:
        return f"{line} · {wheres.pop()}"
    plan = run.manifest.plan  # all arms share the device and the number of jobs
    jobs = plan.jobs.value
    return f"{line} · {plan.device.value}{f', {jobs} workers' if jobs > 1 else ''}"


def _where(run: Run, arm: str) -> str:
    """Describe the device, the precision and the parallel training of an arm."""
    plan, spec = run.manifest.plan_of(arm), run.arms[arm]
    device, threads = plan.device.value, plan.threads.value
    where = f"{device}, {counted(threads, 'thread')}" if device == "cpu" else device
    precision = "" if spec.train.precision == "fp32" else f", {spec.train.precision}"
    stack, jobs = plan.stack.value, plan.jobs.value
    share = {"population": f", population of {stack}", "graph": f", {stack} side by side"}.get(plan.engine.value, "")
    share += f", {jobs} workers" if jobs > 1 else ""
    return f"{where}{precision}{share}"


def footer_lines(run: Run, shown: str) -> list[str]:
    """Write the lines under the table.

    Args:
        run: The run.
        shown: The path of its folder, as it is printed.
    """
    spec, evidence = run.best_spec, run.best_evidence
    task = run.manifest.task if run.best is None else run.manifest.task_of(run.best.arm)
    if evidence is None:
        lines = [nothing_line(run)]
    else:
        # Round to four digits: no search can distinguish rates that differ in the fifth digit.
        lr = rounded(evidence.recommendation.lr, 4)
        lines = [
            *run_answer(run),
            measured_with(run),
            *(pytorch_lines(spec, lr, optimizer_steps(spec, task.n_train)) if task.n_train else []),
            *(remark.text for remark in evidence.remarks if not remark.is_warning),
        ]
    lines += scan_lines(run)
    lines += suggested_lines(run)
    lines += [f"! {warning}" for warning in run.warnings]
    report = f"`lrsearch report {run_argument(run.path)}` writes them"
    return [*lines, f"{shown}: {', '.join(written(run)) or f'no result files; {report}'}"]


def nothing_line(run: Run) -> str:
    """Say why there is no learning rate to recommend."""
    if not run.results:
        return "no training has finished yet"
    if not run.counted:
        return "nothing to recommend: every rate that was tried is left out of the ranking"
    if run.found and not run.finished:
        return "nothing to recommend yet: so far there are only the short trainings of the scan"
    if run.found:
        return "nothing to recommend: no rate learns"
    if not run.finished:
        return "nothing to recommend yet: each rate so far failed with at least one seed"
    return "nothing to recommend: every learning rate failed with at least one seed"


def written(run: Run) -> list[str]:
    """List the names of the result files of a run that exist."""
    folder = run.folder
    derived = [folder.report, folder.results_csv, folder.trials_csv, folder.results_json, folder.results_md]
    derived.append(folder.path / RANGE_FILE)
    names = [path.name for path in derived if path.exists()]
    if folder.plots.is_dir():
        names.append("plots/")
    return names


def measured_with(run: Run) -> str:
    """Describe the training settings of the best arm. The best learning rate depends on all of them."""
    spec, trained = run.best_spec, trained_by(run)
    if trained.program is not None:
        values = [f"{name}={value}" for name, value in spec.placeholders.items()]
        return "measured with: " + " · ".join([command_line(trained.program), *values, *_epochs_of(spec, trained)])
    task = run.manifest.task if run.best is None else run.manifest.task_of(run.best.arm)
    setting = [
        OWN_MODEL if trained.has_own_model else _model(spec),
        _optimizer(spec),
        schedule_words(spec),
        f"batch {spec.data.batch_size}",
        _epochs(spec),
        *further_settings(spec),
        task.name if task.n_train is None else f"{task.n_train:,} {task.kind} of {task.name}",
    ]
    return "measured with: " + " · ".join(setting)


def schedule_words(spec: Spec) -> str:
    """Name the schedule, and whether a warm-up comes first."""
    schedule = named(spec.train.schedule, SCHEDULES[spec.train.schedule.name])
    return schedule + (" after warm-up" if spec.train.warmup != 0 else "")


def further_settings(spec: Spec) -> list[str]:
    """Name what the training does beside model, optimizer, schedule, batch and epochs, such as augmentation."""
    split = "" if spec.data.split is None else f"split by {spec.data.split.kind}"
    words = {
        f"loss {named(spec.train.loss, LOSSES[spec.train.loss.name])}": LOSSES[spec.train.loss.name].plugin,
        f"label smoothing {spec.train.label_smoothing}": spec.train.label_smoothing,
        f"{spec.train.class_weights} class weights": spec.train.class_weights,
        f"clip norm {spec.train.clip_norm}": spec.train.clip_norm,
        f"clip value {spec.train.clip_value}": spec.train.clip_value,
        "no weight decay of biases and norm layers": spec.train.weight_decay_on == "weights",
        f"{spec.train.accumulate} mini-batches a step": spec.train.accumulate > 1,
        "early stopping": spec.train.early_stopping,
        spec.data.augment: spec.data.augment != "none",
        split: split,
        spec.train.precision: spec.train.precision != "fp32",
    }
    return [text for text, used in words.items() if used]


def _settings(spec: Spec, trained: Trained) -> list[str]:
    """Describe what is trained and how, in a few parts."""
    if trained.program is not None:
        metric = search_metric(spec)
        better = "lower" if metric.lower_is_better else "higher"
        return [trained.program.label, f"{metric.name} ({better} is better)", *_epochs_of(spec, trained)]
    return [OWN_MODEL if trained.has_own_model else _model(spec), _optimizer(spec), _epochs(spec)]


def _epochs_of(spec: Spec, trained: Trained) -> list[str]:
    """Name the number of epochs. A program whose command has no `{epochs}` decides the number itself."""
    return [_epochs(spec)] if trained.program is None or "epochs" in trained.program.placeholders else []


def _model(spec: Spec) -> str:
    return named(spec.model, MODELS[spec.model.name])


def _optimizer(spec: Spec) -> str:
    return named(spec.train.optimizer, OPTIMIZERS[spec.train.optimizer.name])


def _epochs(spec: Spec) -> str:
    return counted(spec.train.epochs, "epoch")
