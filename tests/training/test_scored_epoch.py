"""Which epoch counts, and when patience ends."""

from dataclasses import replace

import numpy as np
import pytest

from factories import make_point
from lrsearch.catalog import METRICS
from lrsearch.spec import EarlyStopping
from lrsearch.training.scored_epoch import ScoredEpoch


def epochs_of(scored, losses, accuracies):
    """Offer epochs until patience ends; how many were offered."""
    for epoch, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), start=1):
        point = make_point(epoch, val_loss=loss, val_accuracy=accuracy)
        scored.offer(point, np.array([epoch % 2 == 0]), lambda epoch=epoch: epoch > 3)
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
    found = scored.kept()
    assert (found.point.epoch, found.score) == (kept, ACCURACIES[kept - 1])
    assert (found.correct, found.has_learned()) == (bytes([128 * (kept % 2 == 0)]), kept > 3)


def test_the_best_epoch_by_another_metric():
    """The lowest loss, with its values for each image; its state gives both back."""
    scored, restored = (ScoredEpoch("best", None, METRICS["val_loss"]) for _ in range(2))
    points = [make_point(epoch, val_loss=loss) for epoch, loss in enumerate(LOSSES, start=1)]
    for point in points:
        scored.offer(point, np.array([True]), lambda: True, np.array([point.val_loss]))
    restored.restore(scored.state(), points)
    for found in (scored.kept(), restored.kept()):
        assert (found.point.epoch, found.score, np.frombuffer(found.values, np.float32)) == (4, 0.78, np.float32(0.78))
    assert scored.is_worse(0.79, 0.78)


def test_the_state_tells_whether_it_had_learned():
    """A state of an earlier version does not; then nobody knows."""
    scored, restored, old = (ScoredEpoch("last", None) for _ in range(3))
    epochs_of(scored, LOSSES, ACCURACIES)
    point, state = scored.kept().point, scored.state()
    points = [replace(point, epoch=epoch) for epoch in range(1, 7)]
    restored.restore(state, points)
    for found in (restored.kept(), scored.kept()):
        assert (found.point, found.correct, found.values, found.has_learned()) == (point, b"\x80", None, True)
    old.restore({key: value for key, value in state.items() if key != "learned"}, points)
    assert (old.kept().point, old.kept().has_learned()) == (point, None)
