"""Entries of the catalog: records with a name, a line about it, and options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an entry.

    Attributes:
        kind: number; whole (a whole number); flag (true or false); word (one of `words`); wholes, numbers (a list of
            them).
        default: Value if the option is left out. None if that value depends on the run, as `about` says; the user can
            then write null.
        about: What it does, with its unit, in one line.
        low: Lower bound (for each item of a list); None for no bound.
        high: Upper bound; None for no bound.
        above_low: Whether the lower bound itself is refused.
        below_high: Whether the upper bound itself is refused.
        length: Number of items in a list; None for any number from 1.
        words: The allowed values of a word.
    """

    kind: Literal["number", "whole", "flag", "word", "wholes", "numbers"]
    default: object
    about: str
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    below_high: bool = False
    length: int | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name, a line about what it names, its options, and other names for it."""

    name: str
    about: str
    options: Mapping[str, Option] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodEntry(Entry):
    """An optimizer or a schedule: a method with a formula, a source, and reasons to choose it or not.

    Attributes:
        formula: What it computes.
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
        linear_in_lr: Whether a step is proportional to the rate, which a population needs.
        textbook: Defaults elsewhere that differ from torch's, which are used here; "" if there are none.
    """

    torch_name: str
    low: float
    high: float
    linear_in_lr: bool = True
    textbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry(MethodEntry):
    """How the rate changes during training. `formula` gives the rate at step t of T, divided by the peak rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry(Entry):
    """A built-in network.

    Attributes:
        smallest_image: Smallest height and width that it takes, with its default options.
        population: Whether several of it can be trained as one stack.
        convolutional: Whether channels-last memory and bfloat16 make it faster.
    """

    smallest_image: int
    population: bool
    convolutional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetEntry(Entry):
    """A data set.

    Attributes:
        shape: (channels, height, width); None if the files or the options tell.
        n_train: Images to train and validate with; None if the files or the options tell.
        n_test: Images of the test set, which a search never reads.
        n_classes: Number of classes; None if the files or the options tell.
        download: Whether its files have to be downloaded once.
    """

    shape: tuple[int, int, int] | None = None
    n_train: int | None = None
    n_test: int | None = None
    n_classes: int | None = None
    download: bool = False


_E = TypeVar("_E", bound=Entry)


def table(*entries: _E) -> dict[str, _E]:
    """Entries by name, in order."""
    return {entry.name: entry for entry in entries}
