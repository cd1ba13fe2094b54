"""Whether a run learned anything, and what a sampler is told of it."""

from __future__ import annotations

import math

from lrsearch.records import DataFacts, Result

_SHARE_OF_ENTROPY = 0.98
_STANDARD_ERRORS = 2.33  # the 99 % point of the normal distribution, one-sided


def has_learned(last_train_loss: float, val_accuracy: float, facts: DataFacts) -> bool:
    """Whether a finished run did better than a network that says one thing whatever it sees.

    Most failures of a high rate are finite: the network ends at chance with a loss that is a plain number.

    Args:
        last_train_loss: Mean training loss of the last epoch, in nats; may be NaN or infinite.
        val_accuracy: Share of the validation images right at the scored epoch, in [0, 1].
        facts: The data's label entropy, majority share and number of validation images.

    Returns:
        False where the loss is at least 0.98 of the entropy of the training labels (or not finite), or where the
        accuracy is no more than 2.33 binomial standard errors above the majority class's share. Accuracy below that
        share counts as not learned too: a network stuck on a rarer class scores just that.

    Example:
        >>> facts = DataFacts(dataset="digits", shape=(1, 8, 8), n_classes=10, n_train=1000, n_val=500,
        ...                   majority=0.102, label_entropy=2.3025, fingerprint="")
        >>> has_learned(0.4, 0.95, facts), has_learned(2.31, 0.104, facts)
        (True, False)
    """
    standard_error = math.sqrt(facts.majority * (1 - facts.majority) / facts.n_val)
    below_entropy = last_train_loss < _SHARE_OF_ENTROPY * facts.label_entropy  # NaN is not
    return below_entropy and val_accuracy > facts.majority + _STANDARD_ERRORS * standard_error


def told_score(result: Result, facts: DataFacts) -> float | None:
    """The score that a sampler is told of a result.

    Args:
        result: How a trial ended.
        facts: The data's majority share.

    Returns:
        The score, in [0, 1], of a run that learned or was pruned; the majority class's share for one that diverged or
        did not learn, so that the surface has no second cliff; None for a fault (failed, oom, killed), which is never
        charged to a learning rate.
    """
    if not result.is_final:
        return None
    if result.state == "diverged" or result.learned is False:
        return facts.majority
    return result.score
