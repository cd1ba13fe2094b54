"""The loss of each example, and the answer that the outputs of a network give: for classes, and for numbers.

Classes are int64 and numbers are floats, so the type of the labels decides. Numbers are standardised by the training
part (`data.resident.Resident.target_scale`), so the loss of the best constant prediction is about 1.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def mean_loss(outputs: Tensor, y: Tensor, *, weight: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
    """Compute the loss of a mini-batch; ().

    Args:
        outputs: Outputs of a network: (B, n_classes) for classes; (B, 1) or (B,) for numbers.
        y: Classes or standardised numbers; (B,).
        weight: Weight of each class; the loss is then the weighted mean. None for equal weights. Not for numbers.
        smoothing: Label smoothing. Not for numbers.
    """
    if y.is_floating_point():
        return example_losses(outputs, y).mean()
    return cross_entropy(outputs, y, weight=weight, label_smoothing=smoothing)


def example_losses(outputs: Tensor, y: Tensor, *, weight: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
    """Compute the loss of each example: the cross-entropy in nats, or the squared error; in the shape of `y`.

    Args:
        outputs: See `mean_loss`. With a dimension for the members of a stack: (K, B, n_classes).
        y: See `mean_loss`; (B,) or (K, B).
        weight: Weight of each class, by which the loss of an example is multiplied. Not for numbers.
        smoothing: Label smoothing. Not for numbers.
    """
    if y.is_floating_point():
        return (outputs.reshape(y.shape) - y) ** 2
    if y.dim() == 1:
        return cross_entropy(outputs, y, weight=weight, reduction="none", label_smoothing=smoothing)
    flat = cross_entropy(outputs.flatten(0, 1), y.flatten(), weight=weight, reduction="none", label_smoothing=smoothing)
    return flat.view(y.shape)


def answers_of(outputs: Tensor, y: Tensor) -> Tensor:
    """Return the predicted classes, or the predicted numbers, standardised like `y`; in the shape of `y`."""
    return outputs.reshape(y.shape) if y.is_floating_point() else outputs.argmax(-1)


def n_right(outputs: Tensor, y: Tensor) -> Tensor | int:
    """Count the examples whose class is predicted correctly, () or (K,); 0 for numbers."""
    return 0 if y.is_floating_point() else (outputs.argmax(-1) == y).sum(-1)
