"""The entries of the catalog: records with a name, a one-line description, and options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

TaskKind: TypeAlias = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an entry.

    Attributes:
        kind: number; whole (a whole number); flag (true or false); word (one of `words`); text; or the plural of one of
            these, for a list of such values.
        default: Value if the option is left out. None if the default depends on the run; `about` then describes the
            default, and the user can write null.
        about: What the option does, in one line, with its unit.
        low: Lower bound of the value, or of each item of a list; None for no bound.
        high: Upper bound of the value, or of each item of a list; None for no bound.
        above_low: Whether the lower bound itself is refused.
        below_high: Whether the upper bound itself is refused.
        length: Number of items in a list; None if any number of items is allowed, from 1.
        words: The allowed values, if the kind is word.
        why_high: Why there is an upper bound, if the reason is not obvious; a message then names the bound and this
            reason.
    """

    kind: Literal["number", "whole", "flag", "word", "text", "numbers", "wholes", "flags", "words", "texts"]
    default: object
    about: str
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    below_high: bool = False
    length: int | None = None
    words: tuple[str, ...] = ()
    why_high: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the catalog: its name, a one-line description, its options, and other names for it.

    Attributes:
        plugin: The file or the package of the plugin that defines the entry; "" for a built-in one.
        build: The plugin's function; None for a built-in entry, and for an entry that only a run folder describes.
    """

    name: str
    about: str
    options: Mapping[str, Option] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    plugin: str = ""
    build: Callable[..., Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodEntry(Entry):
    """An optimizer or a schedule: a method with a formula, a source, and reasons to choose it or not.

    Attributes:
        formula: The step of the optimizer, or the rate of the schedule, as a formula.
        source: Paper, with equation or section; "" if there is none.
        use: When to use it.
        strengths: Its advantages.
        weaknesses: Its disadvantages.
    """

    formula: str
    source: str
    use: str
    strengths: str
    weaknesses: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerEntry(MethodEntry):
    """An optimizer of torch.optim.

    Attributes:
        torch_name: Its class in `torch.optim`.
        low: Low end of the usual range of rates, without momentum.
        high: High end of the usual range of rates, without momentum.
        linear_in_lr: Whether a step is proportional to the rate. Only then can several networks train as one stack.
        capturable: Whether torch can record its steps in a CUDA graph.
        textbook: How the defaults in papers or in Keras differ from those of torch; "" if they are equal. lrsearch uses
            the defaults of torch.
    """

    torch_name: str
    low: float
    high: float
    linear_in_lr: bool = True
    capturable: bool = True
    textbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry(MethodEntry):
    """A learning-rate schedule. `formula` gives the rate at step t of T, divided by the peak rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossEntry(Entry):
    """A training loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry(Entry):
    """A built-in network.

    Attributes:
        smallest_image: Smallest height and width of an image that the network accepts with its default options; None
            for a network that takes no images.
        takes: The kinds of examples that the network accepts, in the plural: images, texts, rows; empty for any kind.
        population: Whether several networks of this kind can be trained as one stack.
        convolutional: Whether channels-last memory and bfloat16 make the network faster.
        capturable: Whether CUDA graphs of its steps were tested.
        groups: A plugin's function that sorts the parameters of the network into groups; None for one group.
        groups_name: The name of this function; "" for one group.
    """

    population: bool
    smallest_image: int | None = None
    takes: tuple[str, ...] = ("images",)
    convolutional: bool = True
    capturable: bool = True
    groups: Callable[..., Any] | None = field(default=None, compare=False, repr=False)
    groups_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetEntry(Entry):
    """A data set.

    Attributes:
        module: Import name of its module, which holds its loader in `LOADERS`.
        kind: The kind of its examples, in the plural: images, texts, or rows of a table; "" if only its data tell the
            kind.
        task: What a network learns: the class of an example, or a number (regression). The option `task` of the data
            set, if there is one, takes the place of this value.
        path: A description of the file or folder that `data.path` must name; "" if the data set has no path.
        has_test_file: Whether `data.test_path` may name a file of test examples.
        channels: Allowed numbers of channels, if its options set them; empty if any number is allowed.
        from_python: Whether only a Python program can pass its arrays to lrsearch.
        shape: (channels, height, width) of an image; None if it depends on the files or the options.
        n_train: Number of examples to train and validate with; None if it depends on the files or the options.
        n_test: Number of examples in the test set, which a search never reads; None if it depends on the files or the
            options.
        n_classes: Number of classes; None if it depends on the files or the options.
        download: Whether its files have to be downloaded once.
    """

    module: str
    kind: str = "images"
    task: TaskKind = "classification"
    path: str = ""
    has_test_file: bool = False
    channels: tuple[int, ...] = ()
    from_python: bool = False
    shape: tuple[int, int, int] | None = None
    n_train: int | None = None
    n_test: int | None = None
    n_classes: int | None = None
    download: bool = False


_E = TypeVar("_E", bound=Entry)


def table(*entries: _E) -> dict[str, _E]:
    """Make a dict from names to entries, in the order of the entries."""
    return {entry.name: entry for entry in entries}
