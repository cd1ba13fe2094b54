"""Which epoch counts, and when patience ends."""

import pytest
import torch

from lrsearch.records import Point
from lrsearch.spec import EarlyStopping
from lrsearch.training.scored_epoch import ScoredEpoch


def epochs_of(scored, losses, accuracies):
    """Offer epochs until patience ends; how many were offered."""
    for epoch, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), start=1):
        point = Point(
            trial=0, epoch=epoch, train_loss=0, train_accuracy=0, val_loss=loss, val_accuracy=accuracy, lr=1,
            grad_norm=0, seconds=0,
        )  # fmt: skip
        scored.offer(point, torch.tensor([epoch % 2 == 0]))
        if scored.out_of_patience:
            return epoch
    return len(losses)


LOSSES = [1.0, 0.8, 0.79, 0.78, 0.9, 0.95]
ACCURACIES = [0.5, 0.6, 0.9, 0.7, 0.65, 0.6]


@pytest.mark.parametrize(
    ("score", "stopping", "n_epochs", "kept"),
    [
        ("last", None, 6, 6),
        ("best", None, 6, 3),
        ("last", EarlyStopping(patience=2, min_delta=0.0), 6, 4),
        ("last", EarlyStopping(patience=2, min_delta=0.05), 4, 2),
        ("last", EarlyStopping(patience=1, min_delta=0.0), 5, 4),
        ("best", EarlyStopping(patience=2, min_delta=0.05), 4, 3),
    ],
)
def test_the_epoch_that_counts(score, stopping, n_epochs, kept):
    """The last, the best, or the one that early stopping restores."""
    scored = ScoredEpoch(score, stopping)
    assert epochs_of(scored, LOSSES, ACCURACIES) == n_epochs
    assert scored.kept()[0].epoch == kept
