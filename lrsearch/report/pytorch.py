"""The optimizer and schedule of a spec as lines of PyTorch, to paste into a training script."""

from __future__ import annotations

from lrsearch.catalog import OPTIMIZERS
from lrsearch.optim.schedules import warmup_steps
from lrsearch.spec import Spec


def pytorch_lines(spec: Spec, lr: float, n_steps: int) -> tuple[str, ...]:
    """Python lines that build the optimizer and, unless the rate is constant, its schedule.

    Args:
        spec: The spec that was searched.
        lr: The learning rate.
        n_steps: Optimizer steps in one epoch.

    Returns:
        One line for the optimizer; two more where the rate moves, which expect `scheduler.step()` after every batch.
    """
    optimizer = spec.train.optimizer
    entry = OPTIMIZERS[optimizer.name]
    # Torch's own defaults need not be written out: a test holds the catalog's to them.
    changed = {key: value for key, value in optimizer.options.items() if value != entry.options[key].default}
    arguments = "".join(f", {key}={value!r}" for key, value in changed.items())
    line = f"optimizer = torch.optim.{entry.torch_name}(model.parameters(), lr={lr!r}{arguments})"
    total = spec.train.epochs * n_steps
    warmup = warmup_steps(spec, spec.train.epochs, n_steps)
    schedule = _schedule(spec, lr, total - warmup, n_steps)
    if warmup:
        start = f"LinearLR(optimizer, start_factor=1 / {warmup + 1}, total_iters={warmup})"
        then = schedule or "ConstantLR(optimizer, factor=1.0)"
        schedule = f"SequentialLR(optimizer, [{start}, {then}], milestones=[{warmup}])"
    if not schedule:
        return (line,)
    for name in ("SequentialLR", "LinearLR", "ConstantLR", "CosineAnnealingLR", "StepLR"):
        schedule = schedule.replace(f"{name}(", f"lr_scheduler.{name}(")
    return (
        line,
        "from torch.optim import lr_scheduler  # call scheduler.step() after every batch",
        f"scheduler = {schedule}",
    )


def _schedule(spec: Spec, lr: float, total_steps: int, n_steps: int) -> str:
    options = dict(spec.train.schedule.options)
    match spec.train.schedule.name:
        case "step":
            every = max(1, round(float(str(options["every"])) * n_steps))
            return f"StepLR(optimizer, step_size={every}, gamma={options['factor']!r})"
        case "linear":
            return f"LinearLR(optimizer, start_factor=1.0, end_factor={options['end']!r}, total_iters={total_steps})"
        case "cosine":
            floor = float(str(options["end"])) * lr
            return f"CosineAnnealingLR(optimizer, T_max={total_steps}, eta_min={floor!r})"
    return ""
