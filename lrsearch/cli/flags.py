"""The table of all flags that set a key of the spec. The table is plain data, so `--help` imports nothing slow."""

from __future__ import annotations

from dataclasses import dataclass
from keyword import iskeyword
from typing import TypeAlias

from lrsearch.catalog import EXECUTORS, METRICS, STRATEGIES, readers

FlagType: TypeAlias = type[int] | type[float] | type[str] | type[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFlag:
    """A flag that sets one key of the spec, as `--set KEY=VALUE` would.

    Attributes:
        name: The flag as the user types it, with its dashes.
        key: The dotted key that the flag sets.
        type: The type of the value; bool for a flag without a value. A str value is read as YAML, as in the spec.
        about: The description of the key, in one line.
        commands: The commands that have the flag.
        means: The value that a flag without a value sets.
        metavar: The placeholder for the value in the help; "" to show the type.
        kind: The kind of name that the flag takes, as in `lrsearch list KIND`; "" if the flag takes no such name.
        words: Values that tab completion offers.
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
        """The name of the flag as a parameter of a Python function."""
        plain = self.name.removeprefix("--").replace("-", "_")
        return f"{plain}_" if iskeyword(plain) else plain

    @property
    def help(self) -> str:
        """The line about the flag in the help of a command: the key, then its description."""
        return f"{self.key}: {self.about}."

    def setting(self, value: object) -> str:
        """Return the argument of `--set` that has the same effect as the flag.

        Example:
            >>> find_flag("--epochs").setting(5), find_flag("--extend").setting(True)
            ('train.epochs=5', 'search.extend=true')
        """
        return f"{self.key}={'true' if value is True else value}"


_SEARCHES = (*STRATEGIES, "check")


def _searches(key: str) -> tuple[str, ...]:
    """Return the commands of the searches that read a key, and `check`, which has the keys of all searches."""
    return (*readers(key), "check")


KEY_FLAGS: tuple[KeyFlag, ...] = (
    KeyFlag(
        name="--data",
        key="data.dataset",
        type=str,
        about="data set to train on; `lrsearch list datasets` shows all",
        commands=(*_SEARCHES, "range", "schedule"),
        metavar="NAME",
        kind="datasets",
    ),
    KeyFlag(
        name="--model",
        key="model",
        type=str,
        about="network to train; `lrsearch list models` shows all",
        commands=(*_SEARCHES, "range"),
        metavar="NAME",
        kind="models",
    ),
    KeyFlag(
        name="--optimizer",
        key="train.optimizer",
        type=str,
        about="optimizer to train with; `lrsearch list optimizers` shows all",
        commands=(*_SEARCHES, "range", "schedule"),
        metavar="NAME",
        kind="optimizers",
    ),
    KeyFlag(
        name="--schedule",
        key="train.schedule",
        type=str,
        about="how the rate changes during training; `lrsearch list schedules` shows all",
        commands=(*_SEARCHES, "schedule"),
        metavar="NAME",
        kind="schedules",
    ),
    KeyFlag(
        name="--epochs",
        key="train.epochs",
        type=int,
        about="number of passes over the training images",
        commands=(*_SEARCHES, "schedule"),
    ),
    KeyFlag(
        name="--batch-size",
        key="data.batch_size",
        type=int,
        about="number of images in a mini-batch",
        commands=(*_SEARCHES, "range", "schedule"),
    ),
    KeyFlag(
        name="--metric",
        key="search.metric",
        type=str,
        about=f"metric that ranks the rates: {', '.join(METRICS)}, or {{name: x, goal: min}}",
        commands=_SEARCHES,
        metavar="NAME",
        words=tuple(METRICS),
    ),
    KeyFlag(
        name="--points",
        key="search.points",
        type=int,
        about="number of rates in a grid; the default is 3 per decade",
        commands=(*_searches("search.points"), "resume"),
    ),
    KeyFlag(
        name="--trials",
        key="search.trials",
        type=int,
        about=f"number of rates to try ({', '.join(readers('search.trials'))})",
        commands=(*_searches("search.trials"), "resume"),
    ),
    KeyFlag(
        name="--prune",
        key="search.prune",
        type=str,
        about="stop poor trainings early: median, halving or none",
        commands=_searches("search.prune"),
        words=("median", "halving", "none"),
    ),
    KeyFlag(
        name="--eta",
        key="search.eta",
        type=int,
        about="one of this many rates goes on (halving); the default is 2",
        commands=_searches("search.eta"),
    ),
    KeyFlag(
        name="--min-epochs",
        key="search.min_epochs",
        type=int,
        about="epochs before rates are first compared (halving, --prune)",
        commands=_searches("search.min_epochs"),
    ),
    KeyFlag(
        name="--sampler",
        key="search.sampler",
        type=str,
        about="method that proposes the rates: tpe, or gp (a Gaussian process)",
        commands=_searches("search.sampler"),
        words=("tpe", "gp"),
    ),
    KeyFlag(
        name="--budget",
        key="search.budget",
        type=int,
        about="number of trainings to spend; the default is 10, and shorter trainings count less",
        commands=(*_searches("search.budget"), "resume"),
    ),
    KeyFlag(
        name="--repeats",
        key="search.repeats",
        type=int,
        about="number of trainings of each rate, each with a different seed",
        commands=(*_searches("search.repeats"), "resume"),
    ),
    KeyFlag(name="--low", key="search.lr.low", type=str, about="lowest rate to try", commands=_SEARCHES),
    KeyFlag(name="--high", key="search.lr.high", type=str, about="highest rate to try", commands=_SEARCHES),
    KeyFlag(
        name="--range-test",
        key="search.lr",
        type=bool,
        about="run a range test first, and search the range that the test finds",
        commands=_SEARCHES,
        means="auto",
    ),
    KeyFlag(
        name="--extend",
        key="search.extend",
        type=bool,
        about="try rates beyond the range as long as the best rate is at an end of the range",
        commands=(*_searches("search.extend"), "resume"),
        means=True,
    ),
    KeyFlag(
        name="--refine",
        key="search.refine",
        type=int,
        about="number of rates to add around the best rate, halfway between rates already tried",
        commands=(*_searches("search.refine"), "resume"),
    ),
    KeyFlag(
        name="--confirm",
        key="search.confirm",
        type=int,
        about="number of best rates to train again with new seeds",
        commands=(*_searches("search.confirm"), "resume"),
    ),
    KeyFlag(
        name="--max-repeats",
        key="search.max_repeats",
        type=int,
        about="maximum number of new seeds for each rate (--confirm)",
        commands=(*_searches("search.max_repeats"), "resume"),
    ),
    KeyFlag(
        name="--try",
        key="search.named",
        type=str,
        about="rates to train after the search, and to rank with the others, such as 0.03,0.05",
        commands=(*_searches("search.named"), "resume"),
        metavar="LR,LR",
    ),
    KeyFlag(
        name="--margin",
        key="search.margin",
        type=float,
        about="stop auto, and --confirm, when no rate can beat the best by this margin (percentage points, or the "
        "metric's unit)",
        commands=(*_SEARCHES, "resume"),
    ),
    KeyFlag(
        name="--seed",
        key="seed",
        type=int,
        about="seed of the initial weights, the order of the images and the proposed rates",
        commands=(*_SEARCHES, "range"),
    ),
    KeyFlag(
        name="--device",
        key="run.device",
        type=str,
        about="device to train on: auto, cpu, cuda, cuda:1 or mps",
        commands=(*_SEARCHES, "range"),
        words=("auto", "cpu", "cuda", "mps"),
    ),
    KeyFlag(
        name="--executor",
        key="run.executor",
        type=str,
        about="where to train: auto, inline (this process), processes, or ray (the nodes of a Ray cluster)",
        commands=(*_SEARCHES, "range"),
        words=("auto", *EXECUTORS),
    ),
    KeyFlag(
        name="--address",
        key="run.address",
        type=str,
        about="the Ray cluster of --executor ray: auto, host:port or ray://host:port; without it, one is started on "
        "this machine",
        commands=(*_SEARCHES, "range"),
        words=("auto",),
    ),
    KeyFlag(
        name="--jobs",
        key="run.jobs",
        type=str,
        about="number of trainings that run at the same time: auto or a whole number; more jobs leave fewer threads to "
        "each job, which may change the last digits of the results",
        commands=(*_SEARCHES, "range"),
        words=("auto",),
    ),
)
"""Every flag that sets a key of the spec, in the order of the help."""


def flags_of(command: str) -> tuple[KeyFlag, ...]:
    """Return the flags of a command that set a key, in the order of the help."""
    return tuple(flag for flag in KEY_FLAGS if command in flag.commands)


def find_flag(name: str) -> KeyFlag | None:
    """Find a flag by its name, such as `--epochs`; None if no flag in the table has this name."""
    return next((flag for flag in KEY_FLAGS if flag.name == name), None)
