"""What an entry of the catalog is: a name, a line about it, its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a named thing.

    Attributes:
        kind: number; whole (a whole number); flag (true or false); word (one of `words`); wholes, numbers (a list of
            them).
        default: What stands when it is left out; None where that follows from the run, as `about` says: null then
            means the same.
        about: What it does, with its unit, in one line.
        low: Smallest value allowed (of each item in a list); None for no bound.
        high: Largest value allowed; None for no bound.
        above_low: Whether the smallest value itself is refused.
        below_high: Whether the largest value itself is refused.
        length: Number of items of a list; None for any from 1.
        words: What a word may be.
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
    """What every named thing has: a name, a line about it, its options, other names for it."""

    name: str
    about: str
    options: Mapping[str, Option] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodEntry(Entry):
    """A method of training, which one chooses for reasons.

    Attributes:
        formula: What it computes.
        source: Paper and equation, or section; "" for what nobody claims.
        use: When to take it.
        strengths: What it is good at.
        weaknesses: What it is not.
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
        high: High end of the usual range, without momentum.
        linear_in_lr: Whether a step is proportional to the rate: what a population needs.
        textbook: Where a textbook's default differs from torch's, which stands; "" where none does.
    """

    torch_name: str
    low: float
    high: float
    linear_in_lr: bool = True
    textbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry(MethodEntry):
    """How the rate moves in a run; `formula` gives the scale of the peak rate at step t of T."""


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


def table(*entries: _E) -> dict[str, _E]:
    """Entries by their names, in order."""
    return {entry.name: entry for entry in entries}
