"""The flags that stand for a key of the spec, each written down once. Plain data: `--help` loads nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

FlagType: TypeAlias = type[int] | type[float] | type[str] | type[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFlag:
    """A flag that sets one key of the spec, as `--set KEY=VALUE` would.

    Attributes:
        name: What a person types, with its dashes.
        key: The dotted key that it sets.
        type: What its value is read as; bool for a flag without a value. A str goes to the spec as YAML.
        about: What it sets, in one line.
        commands: The commands that have it.
        means: The value that a flag without a value sets.
        metavar: How the help shows its value; "" for the type.
        kind: What `lrsearch list` calls the names that it takes; "" where it takes no name.
        words: Values to complete.
    """

    name: str
    key: str
    type: FlagType
    about: str
    commands: tuple[str, ...]
    means: object = None
    metavar: str = ""
    kind: str = ""
    words: tuple[str, ...] = ()

    @property
    def parameter(self) -> str:
        """Its name as a parameter of a Python function."""
        return self.name.removeprefix("--").replace("-", "_")

    @property
    def help(self) -> str:
        """Its line in the help of a command: the key first, then what the key is."""
        return f"{self.key}: {self.about}."

    def setting(self, value: object) -> str:
        """The `--set` that the flag stands for.

        Example:
            >>> find_flag("--epochs").setting(5), find_flag("--extend").setting(True)
            ('train.epochs=5', 'search.extend=true')
        """
        return f"{self.key}={'true' if value is True else value}"


_SEARCHES = ("grid", "random", "bayes", "check")

KEY_FLAGS: tuple[KeyFlag, ...] = (
    KeyFlag(
        name="--data",
        key="data.dataset",
        type=str,
        about="the data set; `lrsearch list datasets` names them",
        commands=(*_SEARCHES, "range", "schedule"),
        metavar="NAME",
        kind="datasets",
    ),
    KeyFlag(
        name="--model",
        key="model",
        type=str,
        about="the network; `lrsearch list models` names them",
        commands=(*_SEARCHES, "range"),
        metavar="NAME",
        kind="models",
    ),
    KeyFlag(
        name="--optimizer",
        key="train.optimizer",
        type=str,
        about="the optimizer; `lrsearch list optimizers` names them",
        commands=(*_SEARCHES, "range", "schedule"),
        metavar="NAME",
        kind="optimizers",
    ),
    KeyFlag(
        name="--schedule",
        key="train.schedule",
        type=str,
        about="the schedule of the rate; `lrsearch list schedules` names them",
        commands=(*_SEARCHES, "schedule"),
        metavar="NAME",
        kind="schedules",
    ),
    KeyFlag(
        name="--epochs",
        key="train.epochs",
        type=int,
        about="passes over the training part, in each training",
        commands=(*_SEARCHES, "schedule"),
    ),
    KeyFlag(
        name="--batch-size",
        key="data.batch_size",
        type=int,
        about="images for each optimizer step",
        commands=(*_SEARCHES, "range", "schedule"),
    ),
    KeyFlag(
        name="--points",
        key="search.points",
        type=int,
        about="learning rates of a grid",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(
        name="--trials",
        key="search.trials",
        type=int,
        about="learning rates of random and bayes, in all",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(
        name="--repeats",
        key="search.repeats",
        type=int,
        about="seeds for each learning rate",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(name="--low", key="search.lr.low", type=str, about="the lowest learning rate", commands=_SEARCHES),
    KeyFlag(name="--high", key="search.lr.high", type=str, about="the highest learning rate", commands=_SEARCHES),
    KeyFlag(
        name="--range-test",
        key="search.lr",
        type=bool,
        about="run a range test first, and search the range that it finds",
        commands=_SEARCHES,
        means="auto",
    ),
    KeyFlag(
        name="--extend",
        key="search.extend",
        type=bool,
        about="go on beyond the range while the best rate lies at its end",
        commands=(*_SEARCHES, "resume"),
        means=True,
    ),
    KeyFlag(
        name="--refine",
        key="search.refine",
        type=int,
        about="rates to add around the best one, at half the spacing",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(
        name="--confirm",
        key="search.confirm",
        type=int,
        about="best rates to train again with further seeds",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(
        name="--max-repeats",
        key="search.max_repeats",
        type=int,
        about="further seeds of --confirm for each rate, at most",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(
        name="--margin",
        key="search.margin",
        type=float,
        about="points of accuracy that --confirm may ignore",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(
        name="--seed",
        key="seed",
        type=int,
        about="the seed of weights, order and proposals",
        commands=(*_SEARCHES, "range"),
    ),
    KeyFlag(
        name="--device",
        key="run.device",
        type=str,
        about="auto, cpu, cuda, cuda:1 or mps",
        commands=(*_SEARCHES, "range"),
        words=("auto", "cpu", "cuda", "mps"),
    ),
    KeyFlag(
        name="--jobs",
        key="run.jobs",
        type=str,
        about="trainings at the same time: auto or a whole number",
        commands=(*_SEARCHES, "range"),
        words=("auto",),
    ),
)
"""Every flag that stands for a key, in the order of the help."""


def flags_of(command: str) -> tuple[KeyFlag, ...]:
    """The flags that a command has, in the order of the help."""
    return tuple(flag for flag in KEY_FLAGS if command in flag.commands)


def find_flag(name: str) -> KeyFlag | None:
    """The flag of that name, such as `--epochs`; None if no flag with a key has it."""
    return next((flag for flag in KEY_FLAGS if flag.name == name), None)
