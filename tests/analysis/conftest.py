"""Results for the tests of the analysis room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from lrsearch.records import DataFacts, Point, Result, State, Trial


@pytest.fixture(scope="session")
def facts() -> DataFacts:
    """Ten balanced classes and 500 validation images."""
    return DataFacts(
        dataset="digits",
        shape=(1, 8, 8),
        n_classes=10,
        n_train=1000,
        n_val=500,
        majority=0.1,
        label_entropy=2.3026,
        fingerprint="f",
    )


@pytest.fixture(scope="session")
def make_result() -> Callable[..., Result]:
    """Make a result; `losses` are the training losses of its epochs."""

    def make(
        lr: float,
        score: float | None = None,
        *,
        repeat: int = 0,
        arm: str = "",
        state: State = "ok",
        learned: bool | None = True,
        val_loss: float = 0.5,
        losses: Sequence[float] = (1.0, 0.5),
        number: int = 0,
        until: int = 2,
        seconds: float = 1.0,
        message: str = "",
        scored_epoch: int | None = None,
        stage: str = "",
        val_losses: Sequence[float] | None = None,
        accuracies: Sequence[float] | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> Result:
        points = tuple(
            Point(
                trial=number,
                epoch=epoch,
                train_loss=loss,
                train_accuracy=0.25 * epoch,
                val_loss=val_loss if val_losses is None else val_losses[epoch - 1],
                val_accuracy=(score or 0.0) if accuracies is None else accuracies[epoch - 1],
                lr=lr,
                grad_norm=1.0,
                seconds=0.5,
                metrics=metrics or {},
            )
            for epoch, loss in enumerate(losses, start=1)
        )
        return Result(
            trial=Trial(
                number=number, proposal=0, lr=lr, horizon=until, until=until, repeat=repeat, arm=arm, stage=stage
            ),
            state=state,
            points=points,
            score=score,
            scored_epoch=(scored_epoch or len(points)) if score is not None else None,
            learned=learned if state == "ok" else None,
            seconds=seconds,
            message=message,
        )

    return make
