"""Counts the weights of a built-in network, to refuse a network that is too large before torch allocates memory."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from lrsearch.catalog import DATASETS, smallest_image
from lrsearch.spec.rules.sizes import image_shape, known_fact
from lrsearch.spec.sections import Choice, Spec

MOST_WEIGHTS = 1_000_000_000
"""Maximum number of weights of a network: 4 GB in float32. Gradients, momentum and stacks need much more."""


def network_size_problem(spec: Spec) -> str | None:
    """Explain why the network of a spec is too large; None if the network is small enough.

    If the shape of the images is not known yet, the smallest images that the network accepts are assumed, with one
    channel.
    """
    model, dataset = spec.model, spec.data.dataset
    depth = model.options.get("depth")
    least = smallest_image(model.name, depth) if isinstance(depth, int) else smallest_image(model.name)
    classes = known_fact(dataset, "classes", DATASETS[dataset.name].n_classes)
    shape = image_shape(dataset) or (1, least, least)
    words = dataset.options.get("vocabulary")
    n_weights = count_weights(
        model, shape, classes if isinstance(classes, int) else 2, words if isinstance(words, int) else 2
    )
    if n_weights <= MOST_WEIGHTS:
        return None
    options = " or ".join(key for key in ("embedding", "hidden", "width") if key in model.options)
    return f"{model.name} would have {n_weights:,} weights; at most {MOST_WEIGHTS:,} are allowed; lower {options}"


def count_weights(model: Choice, shape: tuple[int, int, int], n_classes: int, n_words: int = 2) -> int:
    """Count the weights of a network's linear layers and convolutions. Biases and normalisation layers are left out.

    The size of a ResNet is fixed and small enough, so 0 is returned for it.

    Args:
        model: The model, with its options.
        shape: (channels, height, width) of an image.
        n_classes: Number of outputs.
        n_words: Numbers that a word of a text can have.

    Example:
        >>> from lrsearch.spec.sections import make_choice
        >>> count_weights(make_choice("model", "mlp", hidden=[64]), (1, 8, 8), 10)
        4736
    """
    channels, height, width_of_image = shape
    match {"name": model.name, **model.options}:
        case {"name": "mlp", "hidden": tuple() as hidden, "width": float() as width}:
            layers = [prod(shape), *(_scaled(units, width) for units in hidden), n_classes]
            return sum(n_in * n_out for n_in, n_out in pairwise(layers))
        case {"name": "cnn", "width": float() as width}:
            first, second = _scaled(16, width), _scaled(32, width)
            n_features = second * (height // 4) * (width_of_image // 4)
            return 25 * channels * first + 25 * first * second + n_features * n_classes
        case {"name": "convnet", "width": float() as width, "depth": int() as depth}:
            blocks = [_scaled(24, width), *(_scaled(32 if block == 0 else 64, width) for block in range(depth))]
            convolutions = sum(9 * n_out * (n_in + n_out) for n_in, n_out in pairwise(blocks))
            return 4 * channels * blocks[0] + convolutions + blocks[-1] * n_classes
        case {"name": "lstm" | "gru", "embedding": int() as n_in, "hidden": int() as hidden, "layers": int() as layers}:
            directions, gates = 2 if model.options["bidirectional"] else 1, 4 if model.name == "lstm" else 3
            n_out = hidden * directions
            of_layers = n_in + hidden + (layers - 1) * (n_out + hidden)
            return n_words * n_in + directions * gates * hidden * of_layers + n_out * n_classes
        case {"name": "bow", "embedding": int() as embedding}:
            return (n_words + n_classes) * embedding
    return 0


def _scaled(units: int, width: float) -> int:
    return max(1, round(units * width))
