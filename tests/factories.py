"""Functions that make records for the tests. A test passes the fields that matter to it; the rest have defaults.

`from factories import make_result` works in any test (`pythonpath` in `pyproject.toml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Limits, Listener
from lrsearch.plans import Decision, Plan
from lrsearch.records import EPOCH_METRICS, Baseline, Event, NetworkFacts, Point, Result, State, Task, Trial
from lrsearch.runs import Run
from lrsearch.spec import make_spec
from lrsearch.store import ArmPlan, Manifest, RunFolder

CREATED = "2026-01-31T12:00:00.000000+00:00"
"""Creation time of the runs of `make_manifest`."""


def make_trial(
    lr: float = 0.1,
    *,
    number: int = 0,
    proposal: int | None = None,
    repeat: int = 0,
    epochs: int = 1,
    until: int | None = None,
    arm: str = "",
    stage: str = "",
    overrides: Mapping[str, object] | None = None,
) -> Trial:
    """Make a trial.

    Args:
        lr: The learning rate.
        number: Position in the search, from 0.
        proposal: Number of the proposed rate that the trial belongs to; None: the same as `number`.
        repeat: Index of the seed, from 0.
        epochs: Epochs that the schedule covers.
        until: Number of epochs to train; None: all of them.
        arm: Name of the arm.
        stage: Stage of the search, such as `confirm`; "" for the search itself.
        overrides: Spec keys that the trial changes, with their values.
    """
    return Trial(
        number=number,
        proposal=number if proposal is None else proposal,
        lr=lr,
        repeat=repeat,
        horizon=epochs,
        until=epochs if until is None else until,
        arm=arm,
        stage=stage,
        overrides=overrides or {},
    )


def make_point(
    epoch: int = 1,
    *,
    trial: int = 0,
    lr: float = 0.1,
    train_loss: float = 1.0,
    train_accuracy: float = 0.5,
    val_loss: float = 0.25,
    val_accuracy: float = 0.9,
    grad_norm: float = 1.5,
    seconds: float = 0.25,
    metrics: Mapping[str, float] | None = None,
) -> Point:
    """Make the record of one epoch of the trial with the number `trial`."""
    return Point(
        trial=trial,
        epoch=epoch,
        lr=lr,
        seconds=seconds,
        metrics={
            "train_loss": train_loss,
            "train_accuracy": train_accuracy,
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "grad_norm": grad_norm,
            **(metrics or {}),
        },
    )


def make_result(
    lr: float = 0.1,
    score: float | None = 0.9,
    *,
    trial: Trial | None = None,
    number: int = 0,
    proposal: int | None = None,
    repeat: int = 0,
    epochs: int = 2,
    until: int | None = None,
    arm: str = "",
    stage: str = "",
    state: State = "ok",
    learned: bool | None = True,
    losses: Sequence[float] | None = None,
    val_loss: float | None = None,
    val_losses: Sequence[float] | None = None,
    accuracies: Sequence[float] | None = None,
    train_accuracies: Sequence[float] = (0.5, 1.0),
    metrics: Mapping[str, float] | None = None,
    scored_epoch: int | None = None,
    epoch_seconds: float = 0.25,
    seconds: float = 0.5,
    message: str = "",
    correct: bytes | None = None,
    values: bytes | None = None,
    ended: float | None = None,
) -> Result:
    """Make the result of a trial.

    Args:
        lr: The learning rate.
        score: Value of the metric; ignored unless the state is ok or pruned.
        trial: The trial; None: made from `lr`, `number`, `proposal`, `repeat`, `epochs`, `until`, `arm` and `stage`.
        number: As in `make_trial`.
        proposal: As in `make_trial`.
        repeat: As in `make_trial`.
        epochs: As in `make_trial`.
        until: As in `make_trial`.
        arm: As in `make_trial`.
        stage: As in `make_trial`.
        state: How the trial ended.
        learned: Whether the trial learned; ignored unless the state is ok.
        losses: Training loss of each epoch. The result has one point for each of them. None: two epochs; the loss is
            that of ten equal classes if the trial did not learn.
        val_loss: Validation loss, the same in every epoch; None as for `losses`.
        val_losses: Validation loss of each epoch; None: `val_loss` in every epoch.
        accuracies: Validation accuracy of each epoch; None: the score in every epoch.
        train_accuracies: Training accuracy of each epoch. The last one also holds for all later epochs.
        metrics: Metrics, the same in every epoch.
        scored_epoch: The epoch that is scored; None: the last.
        epoch_seconds: Wall time of each epoch.
        seconds: Wall time of the trial.
        message: Message for the user.
        correct: Which validation images the network got right, as packed bits.
        values: The metric for each validation image, as float32.
        ended: When the result was recorded, in seconds since 1970.
    """
    if trial is None:
        trial = make_trial(
            lr, number=number, proposal=proposal, repeat=repeat, epochs=epochs, until=until, arm=arm, stage=stage
        )
    score = score if state in {"ok", "pruned"} else None
    if losses is None:
        losses = (2.31, 2.305) if learned is False else (1.0, 0.5)
    if val_loss is None:
        val_loss = 2.31 if learned is False else 0.25
    points = tuple(
        make_point(
            epoch,
            trial=trial.number,
            lr=trial.lr,
            train_loss=loss,
            train_accuracy=train_accuracies[min(epoch, len(train_accuracies)) - 1],
            val_loss=val_loss if val_losses is None else val_losses[epoch - 1],
            val_accuracy=(score or 0.0) if accuracies is None else accuracies[epoch - 1],
            seconds=epoch_seconds,
            metrics=metrics,
        )
        for epoch, loss in enumerate(losses, start=1)
    )
    return Result(
        trial=trial,
        state=state,
        points=points,
        score=score,
        scored_epoch=None if score is None else scored_epoch or len(points),
        learned=learned if state == "ok" else None,
        seconds=seconds,
        message=message,
        correct=correct,
        values=values,
        ended=ended,
    )


def make_task(
    *,
    dataset: str = "digits",
    shape: tuple[int, int, int] = (1, 8, 8),
    n_classes: int = 10,
    n_train: int = 1000,
    n_val: int = 500,
    majority: float = 0.1,
    label_entropy: float = 2.3026,
    val_entropy: float | None = None,
    fingerprint: str = "f",
    network: NetworkFacts | None = None,
    remarks: tuple[str, ...] = (),
) -> Task:
    """Make a task with images; by default it has ten balanced classes."""
    constants = {"val_accuracy": majority, "train_loss": label_entropy, "val_loss": val_entropy}
    return Task(
        name=dataset,
        kind="images",
        shape=shape,
        n_classes=n_classes,
        n_train=n_train,
        n_val=n_val,
        fingerprint=fingerprint,
        network=network,
        metrics={name: Baseline(constant=constants.get(name)) for name in EPOCH_METRICS},
        remarks=remarks,
    )


def make_plan(
    *,
    device: str = "cpu",
    precision: str = "fp32",
    engine: str = "single",
    executor: str = "inline",
    jobs: int = 1,
    stack: int = 1,
    threads: int = 1,
    reason: str = "asked for",
) -> Plan:
    """Make a plan in which every choice has the same reason."""
    return Plan(
        device=Decision(device, reason),
        precision=Decision(precision, reason),
        engine=Decision(engine, reason),
        executor=Decision(executor, reason),
        jobs=Decision(jobs, reason),
        stack=Decision(stack, reason),
        threads=Decision(threads, reason),
    )


def make_manifest(
    *,
    name: str = "digits-grid-001",
    strategy: str = "grid",
    spec: Mapping[str, Any] | None = None,
    task: Task | None = None,
    plan: Plan | None = None,
    **more: Any,
) -> Manifest:
    """Make the manifest of a run on digits; `more` holds further fields of `Manifest`."""
    given = {"created": CREATED, "seed": 0, "command": ("lrsearch", strategy), **more}
    return Manifest(
        name=name,
        strategy=strategy,
        spec={"name": "digits", "seed": 0} if spec is None else spec,
        task=task or make_task(),
        plan=plan or make_plan(),
        **given,
    )


def make_run(
    results: Sequence[Result] = (),
    *,
    spec: Mapping[str, Any] | None = None,
    strategy: str = "grid",
    finished: bool = True,
    notes: tuple[str, ...] = (),
    **more: Any,
) -> Run:
    """Make a run with these results, as if read from a folder; `more` holds further fields of `Manifest`."""
    values = spec or {}
    arms = {arm: ArmPlan(task=make_task(), plan=make_plan()) for arm in values.get("arms", {})}
    given = {"arms": arms, **more}
    return Run(
        folder=RunFolder(Path("runs") / "digits-grid-001"),
        spec=make_spec(values),
        manifest=make_manifest(spec=values, strategy=strategy, finished=finished, **given),
        log=tuple(results),
        notes=notes,
    )


def stop_after(n_results: int) -> dict[str, Any]:
    """Make arguments for `run_search` and `resume_run` that stop them after some new results, as a signal would."""
    stop, seen = StopSwitch(), []

    def saw(event: Event) -> None:
        if isinstance(event, Result):
            seen.append(event)
        if len(seen) >= n_results:
            stop.stop()

    return {"limits": Limits(stop=stop), "listener": Listener(saw=saw)}


def save_image(path: Path, colour: int | tuple[int, ...], size: tuple[int, int] = (40, 30), mode: str = "RGB") -> None:
    """Write an image of one colour; its format follows from the ending of the name."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
