"""What can be named in a spec, as plain data: optimizers, schedules, models, data sets, with their options.

No torch here: a spec is checked, and `lrsearch list` answers, without it. A test holds these tables to what torch
really offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a named thing.

    Attributes:
        kind: number; whole (a whole number); flag (true or false); wholes, numbers (a list of them).
        default: What stands when it is left out.
        about: What it does, with its unit, in one line.
        low: Smallest value allowed (of each item in a list); None for no bound.
        high: Largest value allowed; None for no bound.
        above_low: Whether the smallest value itself is refused.
        below_high: Whether the largest value itself is refused.
        length: Number of items of a list; None for any from 1.
    """

    kind: Literal["number", "whole", "flag", "wholes", "numbers"]
    default: object
    about: str
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    below_high: bool = False
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every named thing has: a name, a line about it, its options, other names for it."""

    name: str
    about: str
    options: Mapping[str, Option] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerEntry(Entry):
    """An optimizer of torch.optim.

    Attributes:
        torch_name: Its class in `torch.optim`.
        low: Low end of the usual range of rates, without momentum.
        high: High end of the usual range, without momentum.
        linear_in_lr: Whether a step is proportional to the rate: what a population needs.
    """

    torch_name: str
    low: float
    high: float
    linear_in_lr: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry(Entry):
    """How the rate moves in a run; `formula` gives the scale of the peak rate at step t of T."""

    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry(Entry):
    """A built-in network.

    Attributes:
        smallest_image: Least height and width that it takes, at its default options.
        population: Whether many of it can be trained as one stack.
        convolutional: Whether it gains from channels-last memory and from bfloat16.
    """

    smallest_image: int
    population: bool
    convolutional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetEntry(Entry):
    """A data set.

    Attributes:
        shape: (channels, height, width); None where the files or the options say.
        n_train: Images to train and validate with; None where the files or the options say.
        n_test: Images of the test set, which a search never touches.
        n_classes: Classes; None where the files or the options say.
        download: Whether it has to be fetched, or brought, once.
    """

    shape: tuple[int, int, int] | None = None
    n_train: int | None = None
    n_test: int | None = None
    n_classes: int | None = None
    download: bool = False


_E = TypeVar("_E", bound=Entry)


def _table(*entries: _E) -> dict[str, _E]:
    return {entry.name: entry for entry in entries}


_WEIGHT_DECAY = Option("number", 0.0, "pull of the weights towards 0, per step and unit of rate", low=0.0)
_BETAS = Option(
    "numbers", (0.9, 0.999), "decay of the running mean and of the running square", 0.0, 1.0, below_high=True, length=2
)
_EPS = Option("number", 1e-8, "added to the denominator", low=0.0)

OPTIMIZERS: dict[str, OptimizerEntry] = _table(
    OptimizerEntry(
        name="sgd",
        torch_name="SGD",
        about="gradient descent on mini-batches, with momentum if asked",
        low=1e-3,
        high=30.0,
        options={
            "momentum": Option("number", 0.0, "share of the last step carried on", 0.0, 1.0, below_high=True),
            "dampening": Option("number", 0.0, "share of the gradient left out of the momentum", 0.0, 1.0),
            "nesterov": Option("flag", False, "look ahead along the momentum"),
            "weight_decay": _WEIGHT_DECAY,
        },
    ),
    OptimizerEntry(
        name="adam",
        torch_name="Adam",
        about="steps scaled by running moments of the gradient (Kingma & Ba 2015)",
        low=1e-5,
        high=0.3,
        options={
            "betas": _BETAS,
            "eps": _EPS,
            "weight_decay": _WEIGHT_DECAY,
            "amsgrad": Option("flag", False, "keep the largest running square (Reddi et al. 2018)"),
        },
    ),
    OptimizerEntry(
        name="adamw",
        torch_name="AdamW",
        about="Adam with weight decay apart from the gradient (Loshchilov & Hutter 2019)",
        low=1e-5,
        high=0.3,
        options={
            "betas": _BETAS,
            "eps": _EPS,
            "weight_decay": Option("number", 1e-2, _WEIGHT_DECAY.about, low=0.0),
            "amsgrad": Option("flag", False, "keep the largest running square (Reddi et al. 2018)"),
        },
    ),
)

_END = Option("number", 0.0, "scale of the peak rate at the end of the run", 0.0, 1.0)

SCHEDULES: dict[str, ScheduleEntry] = _table(
    ScheduleEntry(
        name="constant",
        aliases=("fixed",),
        about="the same rate throughout",
        formula="1",
    ),
    ScheduleEntry(
        name="step",
        about="a drop by a factor every few epochs",
        formula="factor ** floor(epoch / every)",
        options={
            "every": Option("number", 10.0, "epochs between two drops", low=0.0, above_low=True),
            "factor": Option("number", 0.1, "what is left of the rate after a drop", 0.0, 1.0, above_low=True),
        },
    ),
    ScheduleEntry(
        name="linear",
        about="a straight line down to the end of the run",
        formula="1 - (1 - end) t / T",
        options={"end": _END},
    ),
    ScheduleEntry(
        name="cosine",
        about="half a cosine down to the end of the run (Loshchilov & Hutter 2017, without restarts)",
        formula="end + (1 - end) (1 + cos(pi t / T)) / 2",
        options={"end": _END},
    ),
)

_WIDTH = Option("number", 1.0, "factor on the number of units or channels", low=0.0, above_low=True)

MODELS: dict[str, ModelEntry] = _table(
    ModelEntry(
        name="mlp",
        about="fully connected layers with ReLU between them",
        smallest_image=1,
        population=True,
        convolutional=False,
        options={"hidden": Option("wholes", (64,), "units of each hidden layer", low=1), "width": _WIDTH},
    ),
    ModelEntry(
        name="cnn",
        about="two 5x5 convolutions (16, 32 channels) with ReLU and pooling, then linear",
        smallest_image=4,
        population=True,
        options={"width": _WIDTH},
    ),
    ModelEntry(
        name="convnet",
        about="small BatchNorm network for 32x32 images, in the manner of airbench's",
        smallest_image=9,
        population=True,
        options={"width": _WIDTH, "depth": Option("whole", 3, "blocks, each of which halves the image", 1, 5)},
    ),
    ModelEntry(
        name="resnet18",
        about="torchvision's ResNet-18 with a stem for small images (He et al. 2016)",
        smallest_image=16,
        population=False,
    ),
)

DATASETS: dict[str, DatasetEntry] = _table(
    DatasetEntry(
        name="digits",
        about="8x8 handwritten digits, embedded in scikit-learn: no download",
        shape=(1, 8, 8),
        n_train=1500,
        n_test=297,
        n_classes=10,
    ),
    DatasetEntry(
        name="mnist",
        about="handwritten digits (LeCun et al. 1998)",
        shape=(1, 28, 28),
        n_train=60_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="fashion-mnist",
        about="articles of clothing (Xiao et al. 2017)",
        shape=(1, 28, 28),
        n_train=60_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="kmnist",
        about="cursive Japanese characters (Clanuwat et al. 2018)",
        shape=(1, 28, 28),
        n_train=60_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="cifar10",
        about="colour photographs of ten things (Krizhevsky 2009)",
        shape=(3, 32, 32),
        n_train=50_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="cifar100",
        about="colour photographs of a hundred things (Krizhevsky 2009)",
        shape=(3, 32, 32),
        n_train=50_000,
        n_test=10_000,
        n_classes=100,
        download=True,
    ),
    DatasetEntry(name="arrays", about="your own .npz: x_train, y_train and, if any, x_val, y_val, x_test, y_test"),
    DatasetEntry(name="own", about="arrays given from Python: run_search(spec, data=...)"),
    DatasetEntry(
        name="folder",
        about="a folder of images for each class, resized once",
        options={
            "shape": Option(
                "wholes", (3, 32, 32), "channels (1 or 3), height, width that each image gets", 1, 1024, length=3
            )
        },
    ),
    DatasetEntry(
        name="synthetic",
        about="made from data.split_seed: noisy patterns, one for each class, that can be learned",
        options={
            "shape": Option("wholes", (1, 8, 8), "channels, height, width", 1, 1024, length=3),
            "classes": Option("whole", 10, "number of classes", 2, 1000),
            "size": Option("whole", 2000, "images to train and validate with", 20, 1_000_000),
        },
    ),
)


def usual_range(optimizer: str, momentum: float = 0.0) -> tuple[float, float]:
    """The range of learning rates in which the best one usually lies well inside.

    Args:
        optimizer: A key of `OPTIMIZERS`.
        momentum: Momentum of sgd, in [0, 1): it multiplies the step by 1 / (1 - momentum) in the long run, so that the
            range moves down by as much. Others have none.

    Returns:
        (low, high), both > 0. The best rates measured on digits, MNIST-like sets and CIFAR-10 lie well inside: sgd with
        momentum 0.9 at 0.03 to 0.3, adam and its kin at 0.0024 to 0.1.

    Example:
        >>> [round(rate, 6) for rate in usual_range("sgd", momentum=0.9)]
        [0.0001, 3.0]
    """
    entry = OPTIMIZERS[optimizer]
    return (entry.low * (1 - momentum), entry.high * (1 - momentum))


def smallest_image(model: str, depth: int = 3) -> int:
    """Least height and width of an image that a model takes.

    Args:
        model: A key of `MODELS`.
        depth: Blocks of a convnet; each halves what the first 2x2 convolution leaves.
    """
    return 2**depth + 1 if model == "convnet" else MODELS[model].smallest_image
