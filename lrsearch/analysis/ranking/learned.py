"""Whether a run learned anything, and the score that a sampler is given for the run."""

from __future__ import annotations

import math

from lrsearch.records import DataFacts, Result

_SHARE_OF_ENTROPY = 0.98
_STANDARD_ERRORS = 2.33  # the 99 % point of the normal distribution, one-sided


def has_learned(last_train_loss: float, val_accuracy: float, facts: DataFacts) -> bool:
    """Whether a finished run did better than a network that gives every image the same answer.

    This check is needed because most failures of a high rate leave a finite loss: the network ends at chance level.

    Args:
        last_train_loss: Mean training loss of the last epoch, in nats; may be NaN or infinite.
        val_accuracy: Validation accuracy at the scored epoch, in [0, 1].
        facts: The data's label entropy, majority share and number of validation images.

    Returns:
        False if the loss is not finite or at least 0.98 of the entropy of the training labels, or if the accuracy is at
        most 2.33 binomial standard errors above the majority class's share. An accuracy below that share counts as not
        learned too: a network that always answers with a rarer class scores less than the share.

    Example:
        >>> facts = DataFacts(dataset="digits", shape=(1, 8, 8), n_classes=10, n_train=1000, n_val=500,
        ...                   majority=0.102, label_entropy=2.3025, fingerprint="")
        >>> has_learned(0.4, 0.95, facts), has_learned(2.31, 0.104, facts)
        (True, False)
    """
    standard_error = math.sqrt(facts.majority * (1 - facts.majority) / facts.n_val)
    below_entropy = last_train_loss < _SHARE_OF_ENTROPY * facts.label_entropy  # False for NaN
    return below_entropy and val_accuracy > facts.majority + _STANDARD_ERRORS * standard_error


def sampler_score(result: Result, facts: DataFacts) -> float | None:
    """Choose the score that a sampler is given for a result.

    Args:
        result: The result of a trial.
        facts: The data's majority share.

    Returns:
        For a run that learned or was pruned, its own score, in [0, 1]. For a run that diverged or did not learn, the
        majority class's share, because every network that learned nothing scores about that much. None for a fault
        (failed, oom, killed), which says nothing about the learning rate.
    """
    if not result.is_final:
        return None
    if result.state == "diverged" or result.learned is False:
        return facts.majority
    return result.score
