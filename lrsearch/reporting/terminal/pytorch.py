"""Writes the optimizer and the schedule of a spec as lines of PyTorch, to paste into a training script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrsearch.catalog import MODELS, OPTIMIZERS, SCHEDULES
from lrsearch.optim.curves import drop_interval, milestone_steps
from lrsearch.optim.cycles import first_period, rise_steps
from lrsearch.optim.schedules import warmup_steps
from lrsearch.plugins import plugin_name
from lrsearch.spec import Spec

_EVERY_BATCH = "from torch.optim import lr_scheduler  # call scheduler.step() after every batch"
_EVERY_EPOCH = "from torch.optim import lr_scheduler  # call scheduler.step(val_loss) after every epoch"


def pytorch_lines(spec: Spec, lr: float, n_steps: int) -> tuple[str, ...]:
    """Write Python lines that create the optimizer and, unless the rate is constant, the scheduler.

    Args:
        spec: The spec that was searched.
        lr: The peak learning rate.
        n_steps: Optimizer steps in one epoch.

    Returns:
        A line for the optimizer. If biases and norms have no weight decay, two lines before it make parameter groups.
        If the rate changes, further lines create the scheduler and say when to call `scheduler.step()`. The scheduler
        is torch's own class if it gives the same rates at every step, also after a warm-up; otherwise a LambdaLR.
    """
    optimizer = spec.train.optimizer
    entry = OPTIMIZERS[optimizer.name]
    # Leave out options that have torch's default. A test checks that the catalog has the same defaults as torch.
    defaults = {key: option.default for key, option in entry.options.items()}
    changed = {key: value for key, value in optimizer.options.items() if key not in defaults or value != defaults[key]}
    arguments = "".join(f", {key}={value!r}" for key, value in changed.items())
    parameters, before = "model.parameters()", []
    if spec.train.weight_decay_on == "weights" and optimizer.options.get("weight_decay"):
        before = [
            "matrices = [p for p in model.parameters() if p.dim() > 1]",
            "vectors = [p for p in model.parameters() if p.dim() <= 1]  # biases and norms: no decay",
        ]
        parameters = '[{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]'
    model = MODELS[spec.model.name]
    if model.groups_name:
        before = [f"groups = {model.groups_name}(model)  # from {plugin_name(model.plugin)}"]
        parameters = f'[{{**g, "lr": {lr!r} * g.get("lr_factor", 1.0)}} for g in groups]'
    line = f"optimizer = torch.optim.{entry.torch_name}({parameters}, lr={lr!r}{arguments})"
    if entry.plugin:
        line = f"optimizer = {entry.name}({parameters}, lr={lr!r}{arguments})  # from {plugin_name(entry.plugin)}"
    return (*before, line, *_schedule_lines(spec, lr, n_steps))


def _schedule_lines(spec: Spec, lr: float, n_steps: int) -> list[str]:
    name, options = spec.train.schedule.name, dict(spec.train.schedule.options)
    warmup = warmup_steps(spec, spec.train.epochs, n_steps)
    total = spec.train.epochs * n_steps - warmup
    start = f"lr_scheduler.LinearLR(optimizer, start_factor=1 / {warmup + 1}, total_iters={warmup})"
    if name == "constant":
        return [_EVERY_BATCH, f"scheduler = {start}"] if warmup else []
    if name == "plateau":
        # Both schedulers multiply the current rate by a factor, so that they can be used together.
        first = [f"warmup = {start}  # call warmup.step() after every batch"] if warmup else []
        return [_EVERY_EPOCH, *first, f"scheduler = {_plateau(options, lr)}"]
    composable = _composable(name, options, lr, total, n_steps)
    if composable and warmup:
        sequence = f"lr_scheduler.SequentialLR(optimizer, [{start}, {composable}], milestones=[{warmup}])"
        return [_EVERY_BATCH, f"scheduler = {sequence}"]
    alone = composable or _alone(name, options, lr, total, n_steps)
    if alone and not warmup:
        return [_EVERY_BATCH, f"scheduler = {alone}"]
    return _lambda_lines(warmup, _scale_lines(name, options, total, n_steps))


def _composable(name: str, options: Mapping[str, Any], lr: float, total: int, n_steps: int) -> str:
    """Return torch's scheduler for the schedule if that scheduler works inside a SequentialLR; otherwise ""."""
    made = ""
    match name:
        case "step":
            every = drop_interval(total, n_steps, every=options["every"], unit=options["unit"])
            made = f"StepLR(optimizer, step_size={every}, gamma={options['factor']!r})"
        case "multistep":
            drops = milestone_steps(total, n_steps, milestones=options["milestones"], unit=options["unit"])
            made = f"MultiStepLR(optimizer, milestones={list(drops)}, gamma={options['factor']!r})"
        case "exponential":
            root = f" ** (1 / {n_steps})" if options["unit"] == "epochs" else ""
            made = f"ExponentialLR(optimizer, gamma={options['factor']!r}{root})"
        case "polynomial" if not options["end"]:
            made = f"PolynomialLR(optimizer, total_iters={total}, power={options['power']!r})"
        case "linear":
            ends = f"start_factor=1.0, end_factor={options['end']!r}"
            made = f"LinearLR(optimizer, {ends}, total_iters={total})"
        case "cosine":
            made = f"CosineAnnealingLR(optimizer, T_max={total}, eta_min={options['end'] * lr!r})"
        case "cosine-restarts":
            period = first_period(total, n_steps, period=options["period"], mult=options["mult"])
            cycles = f"T_0={period}, T_mult={options['mult']}, eta_min={options['end'] * lr!r}"
            made = f"CosineAnnealingWarmRestarts(optimizer, {cycles})"
    return f"lr_scheduler.{made}" if made else ""


def _alone(name: str, options: Mapping[str, Any], lr: float, total: int, n_steps: int) -> str:
    """Return torch's scheduler that sets the rate when it is created; "" if there is none.

    No warm-up can come before such a scheduler.
    """
    match name:
        case "one-cycle" if options["pct_start"] * total != 1:  # torch divides by the length of the rise
            cycle = ", ".join(f"{key}={options[key]!r}" for key in ("pct_start", "div_factor", "final_div_factor"))
            anneal = f"anneal_strategy={options['anneal']!r}, cycle_momentum=False"
            return f"lr_scheduler.OneCycleLR(optimizer, max_lr={lr!r}, total_steps={total}, {cycle}, {anneal})"
        case "cyclic":
            rise = rise_steps(total, n_steps, step_size=options["step_size"])
            rates = f"base_lr={options['low'] * lr!r}, max_lr={lr!r}, step_size_up={rise}"
            mode = f"mode={options['mode']!r}, gamma={options['gamma']!r}, cycle_momentum=False"
            return f"lr_scheduler.CyclicLR(optimizer, {rates}, {mode})"
    return ""


def _plateau(options: Mapping[str, Any], lr: float) -> str:
    rule = ", ".join(f"{key}={options[key]!r}" for key in ("factor", "patience", "threshold"))
    # By default, torch skips a drop of less than 1e-8, however low the rate is. With eps=0 it skips no drop.
    return f"lr_scheduler.ReduceLROnPlateau(optimizer, {rule}, min_lr={options['floor'] * lr!r}, eps=0.0)"


def _scale_lines(name: str, options: Mapping[str, Any], total: int, n_steps: int) -> list[str]:
    """Return the body of a function of `step` that computes rate / peak rate. The last line is an expression."""
    if SCHEDULES[name].plugin:
        arguments = "".join(f", {key}={value!r}" for key, value in options.items())
        return [f"{name}(step, {total}, {n_steps}{arguments})"]
    match name:
        case "polynomial":
            end = options["end"]
            return [f"{end!r} + {1 - end!r} * max(0, 1 - step / {total}) ** {options['power']!r}"]
        case "inverse-time":
            return [f"1 / (1 + {options['decay']!r} * step / {n_steps})"]
        case "cyclic":
            rise, low = rise_steps(total, n_steps, step_size=options["step_size"]), options["low"]
            heights = {
                "triangular2": f" * 0.5 ** (step // {2 * rise})",
                "exp_range": f" * {options['gamma']!r} ** step",
            }
            height = heights.get(options["mode"], "")
            return [f"{low!r} + {1 - low!r} * (1 - abs(step / {rise} % 2 - 1)){height}"]
        case "one-cycle":
            first, last = 1 / options["div_factor"], 1 / (options["div_factor"] * options["final_div_factor"])
            # Round to 12 digits to hide the rounding error of the product. Both branches give the peak at the end
            # of the rise.
            top = float(f"{options['pct_start'] * total - 1:.12g}")
            fall = float(f"{total - 1 - top:.12g}")
            up = _between(first, 1.0, f"step / {top!r}", options["anneal"])
            down = _between(1.0, last, f"(step - {top!r}) / {fall!r}", options["anneal"])
            return [f"if step <= {top!r}:", f"    return {up}", down] if top > 0 else [down]
    raise AssertionError(name)


def _between(start: float, stop: float, share: str, anneal: str) -> str:
    if anneal == "cos":
        return f"{stop!r} {_signed(start - stop)} * (1 + math.cos(math.pi * {share})) / 2"
    return f"{start!r} {_signed(stop - start)} * {share}"


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'} {abs(value)!r}"


def _lambda_lines(warmup: int, body: list[str]) -> list[str]:
    imports = ["import math"] if "math." in "".join(body) else []
    if not warmup and len(body) == 1:
        return [*imports, _EVERY_BATCH, f"scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: {body[0]})"]
    rise = [f"if step < {warmup}:", f"    return (step + 1) / {warmup + 1}", f"step -= {warmup}"] if warmup else []
    lines = [*rise, *body[:-1], f"return {body[-1]}"]
    return [
        *imports,
        _EVERY_BATCH,
        "def scale(step):  # the rate at a step / the peak rate",
        *[f"    {line}" for line in lines],
        "scheduler = lr_scheduler.LambdaLR(optimizer, scale)",
    ]
