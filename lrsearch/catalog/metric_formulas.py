"""Computes metrics from the predictions for the validation examples.

Every formula takes three arrays with one item for each validation example, all (n,): `labels`, the true class (int64);
`answers`, the class that the network predicts (int64); `losses`, the cross-entropy of the true class, in nats. For a
regression: `labels`, the true number (float64), and `answers`, the predicted number, both in the unit of the target;
`losses`, the squared error in variances of the target in the training part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def right_answers(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Tell for each example whether its class is predicted correctly; bool, (n,)."""
    right: NDArray[Any] = labels == answers
    return right


def example_losses(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Return the cross-entropy of each example, in nats; (n,)."""
    return losses


def balanced_accuracy(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> float:  # noqa: ARG001  (the signature of all entries)
    """Compute the accuracy of each class, averaged over the classes, in [0, 1].

    A class without examples does not count. Brodersen et al. 2010, "The balanced accuracy and its posterior
    distribution".
    """
    import numpy as np

    counts = np.bincount(labels)
    right = np.bincount(labels[labels == answers], minlength=counts.size)
    present = counts > 0
    return float((right[present] / counts[present]).mean())


def macro_f1(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> float:  # noqa: ARG001  (the signature of all entries)
    """Compute F1 of each class, 2 correct / (examples + predictions), averaged over the classes, in [0, 1].

    A class without examples and without predictions does not count. Opitz and Burst 2019, "Macro F1 and Macro F1",
    equation 2.
    """
    import numpy as np

    n_classes = int(max(labels.max(), answers.max())) + 1
    both = np.bincount(labels, minlength=n_classes) + np.bincount(answers, minlength=n_classes)
    right = np.bincount(labels[labels == answers], minlength=n_classes)
    present = both > 0
    return float((2 * right[present] / both[present]).mean())


def squared_errors(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Return the squared error of each predicted number, in the squared unit of the target; (n,)."""
    errors: NDArray[Any] = (labels - answers) ** 2
    return errors


def absolute_errors(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Return the absolute error of each predicted number, in the unit of the target; (n,)."""
    errors: NDArray[Any] = abs(labels - answers)
    return errors


def explained_shares(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:
    """Return 1 - squared error / variance of the true numbers, for each example; their mean is R squared; (n,)."""
    variance = max(float(labels.var()), 1e-300)
    shares: NDArray[Any] = 1.0 - squared_errors(labels, answers, losses) / variance
    return shares
