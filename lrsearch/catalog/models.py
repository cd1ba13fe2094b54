"""The networks that a spec can name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrsearch.catalog.entries import ModelEntry, Option, table

_TOO_WIDE = "a wider network would not fit into any memory"
_WIDTH = Option(
    "number", 1.0, "multiplies the number of units or channels", 0.0, 10_000.0, above_low=True, why_high=_TOO_WIDE
)
_DROPOUT = Option(
    "number", 0.0, "share of the last layer's inputs set to zero during training", 0.0, 1.0, below_high=True
)
_EMBEDDING = Option("whole", 64, "numbers that stand for a word", 1, 100_000, why_high=_TOO_WIDE)
_TEXT_DROPOUT = replace(
    _DROPOUT, about="share of the embedded words and of the last layer's inputs set to zero during training"
)
_RECURRENT = {
    "embedding": _EMBEDDING,
    "hidden": Option("whole", 64, "units of a layer, in each direction", 1, 100_000, why_high=_TOO_WIDE),
    "layers": Option("whole", 1, "number of layers", 1, 16),
    "bidirectional": Option("flag", False, "whether each layer reads the words backwards too"),
    "dropout": replace(_TEXT_DROPOUT, about="share of each layer's outputs set to zero during training"),
}
_OF_TEXTS: dict[str, Any] = {
    "takes": ("texts",),
    "population": False,
    "convolutional": False,
    "capturable": False,
}
_NORMS = ("batch", "group", "none")


def _norm(default: str, words: tuple[str, ...] = _NORMS) -> Option:
    return Option("word", default, f"normalisation before each activation: {', '.join(words)}", words=words)


MODELS: dict[str, ModelEntry] = table(
    ModelEntry(
        name="mlp",
        about="fully connected layers with ReLU between them",
        takes=("images", "rows"),
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
    ModelEntry(
        name="lstm",
        about="embedding of words, LSTM layers (Hochreiter & Schmidhuber 1997), maximum over the words, a linear layer",
        options=_RECURRENT,
        **_OF_TEXTS,
    ),
    ModelEntry(
        name="gru",
        about="embedding of words, GRU layers (Cho et al. 2014), maximum over the words, a linear layer",
        options=_RECURRENT,
        **_OF_TEXTS,
    ),
    ModelEntry(
        name="bow",
        about="bag of words: embedding of words, mean over the words, a linear layer (Joulin et al. 2017)",
        options={"embedding": _EMBEDDING, "dropout": _TEXT_DROPOUT},
        **_OF_TEXTS,
    ),
)


def default_model(kind: str) -> str:
    """Return the name of the model for a spec that names none: the first one that takes this kind of examples.

    If no model takes it, return the first model; a rule of the spec then refuses it.
    """
    return next((name for name, entry in MODELS.items() if kind in entry.takes), next(iter(MODELS)))


def smallest_image(model: str, depth: int = 3) -> int:
    """Return the smallest height and width of an image that a model accepts.

    Args:
        model: A key of `MODELS`.
        depth: Number of blocks of a convnet. The first convolution shortens height and width by 1. Then each block
            halves height and width.

    Returns:
        A number of pixels; 1 for a model that takes no images.
    """
    return 2**depth + 1 if model == "convnet" else MODELS[model].smallest_image or 1
