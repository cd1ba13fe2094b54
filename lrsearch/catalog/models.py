"""The networks that a spec can name."""

from __future__ import annotations

from dataclasses import replace

from lrsearch.catalog.entries import ModelEntry, Option, table

_TOO_WIDE = "a wider network would not fit into any memory"
_WIDTH = Option(
    "number", 1.0, "multiplies the number of units or channels", 0.0, 10_000.0, above_low=True, why_high=_TOO_WIDE
)
_DROPOUT = Option(
    "number", 0.0, "share of the last layer's inputs set to zero during training", 0.0, 1.0, below_high=True
)
_NORMS = ("batch", "group", "none")


def _norm(default: str, words: tuple[str, ...] = _NORMS) -> Option:
    return Option("word", default, f"normalisation before each activation: {', '.join(words)}", words=words)


MODELS: dict[str, ModelEntry] = table(
    ModelEntry(
        name="mlp",
        about="fully connected layers with ReLU between them",
        smallest_image=1,
        population=True,
        convolutional=False,
        options={
            "hidden": Option("wholes", (64,), "units of each hidden layer", 1, 10_000_000, why_high=_TOO_WIDE),
            "width": _WIDTH,
            "norm": _norm("none"),
            "dropout": replace(_DROPOUT, about="share of each hidden layer's outputs set to zero during training"),
        },
    ),
    ModelEntry(
        name="cnn",
        about="two 5x5 convolutions (16 and 32 channels), each with ReLU and pooling, then a linear layer",
        smallest_image=4,
        population=True,
        options={"width": _WIDTH, "norm": _norm("none"), "dropout": _DROPOUT},
    ),
    ModelEntry(
        name="convnet",
        about="small convolutional network for 32x32 images, with normalisation, like airbench (Jordan 2024)",
        smallest_image=9,
        population=True,
        options={
            "width": _WIDTH,
            "depth": Option("whole", 3, "number of blocks; each halves the height and width of the image", 1, 5),
            "norm": _norm("batch"),
            "dropout": _DROPOUT,
        },
    ),
    ModelEntry(
        name="resnet18",
        about="torchvision's ResNet-18 with a first layer for small images (He et al. 2016)",
        smallest_image=16,
        population=False,
        options={"norm": _norm("batch", ("batch", "group")), "dropout": _DROPOUT},
    ),
)


def smallest_image(model: str, depth: int = 3) -> int:
    """Return the smallest height and width of an image that a model accepts.

    Args:
        model: A key of `MODELS`.
        depth: Number of blocks of a convnet. The first convolution shortens height and width by 1. Then each block
            halves height and width.
    """
    return 2**depth + 1 if model == "convnet" else MODELS[model].smallest_image
