"""The keys of a spec as frozen models. Each key has a default, allowed values, a role and a one-line description."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from lrsearch.catalog import DATASETS, DEFAULT_METRICS, EXECUTORS, METRICS, Metric, TaskKind, find_metric, readers
from lrsearch.spec.sections.choices import Choice, Section, choice, make_choice
from lrsearch.spec.sections.defaults import fill_defaults
from lrsearch.spec.sections.forms import (
    AUTO,
    METRIC_SCHEMA,
    NAMED_SCHEMA,
    RATE_SCHEMA,
    RATES_SCHEMA,
    WARMUP_SCHEMA,
    Arms,
    EarlyStopping,
    LrRange,
    Rates,
    SplitFile,
    Warmup,
    parse_arms,
    parse_metric,
    parse_named,
    parse_rate,
    parse_rates,
    parse_warmup,
)
from lrsearch.spec.sections.placeholders import PLACEHOLDERS_SCHEMA, Placeholders, parse_placeholders
from lrsearch.spec.sections.rates import fill_range, usual_ends
from lrsearch.spec.sections.roles import Adjustable, Fixed, Setting
from lrsearch.spec.sections.values import flag, number, text, validator, whole, word
from lrsearch.spec.sections.wording import KeyPath

NAME_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}"
NAME_RULE = "a name has 1 to 64 letters, digits, '.', '_' and '-', and does not start with '.' or '-'"
DEVICE_PATTERN = r"(auto|cpu|mps|cuda(:(0|[1-9][0-9]{0,3}))?)"

_DATASET = make_choice("dataset", "digits")
_MODEL = make_choice("model", "mlp")
_OPTIMIZER = make_choice("optimizer", "sgd", momentum=0.9)
_SCHEDULE = make_choice("schedule", "constant")
_LOSS = make_choice("loss", "cross-entropy")
_METRIC = Choice(DEFAULT_METRICS["classification"])

MOST_RATES = 100_000
"""Maximum number of learning rates in one run, over all arms. A run with more rates would be too slow to read, list or
plot."""
_MOST_REPEATS = 10_000
_MOST_EPOCHS = 1_000_000
_MOST_SECONDS = 1e9  # 30 years; the operating system refuses a much longer timeout

_rates = partial(whole, high=MOST_RATES, why_high="a run with more rates would be too slow to show")
_repeats = partial(whole, high=_MOST_REPEATS, why_high="more repeats tell no more about a rate")
_seconds = partial(number, 0.0, _MOST_SECONDS, why_high="that is 30 years")

_NAME = text(NAME_PATTERN, NAME_RULE)
_DEVICE = text(DEVICE_PATTERN, "expected auto, cpu, mps, cuda or cuda:N")


def _readers(key: str) -> str:
    """Name the strategies that read a key."""
    return ", ".join(readers(key))


_EXECUTORS = ", ".join(f"{name} ({entry.about})" for name, entry in EXECUTORS.items())
_ARMS_SCHEMA = {
    "type": "object",
    "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
    "additionalProperties": {"type": "object", "minProperties": 1},
}

DEFAULTS: dict[KeyPath, Choice] = {
    ("data", "dataset"): _DATASET,
    ("model",): _MODEL,
    ("train", "optimizer"): _OPTIMIZER,
    ("train", "schedule"): _SCHEDULE,
    ("train", "loss"): _LOSS,
}
"""The default choice for each key of `CHOICES`."""


class DataSpec(Section):
    """Data to train and validate with."""

    dataset: Setting[Annotated[Choice, choice("dataset", _DATASET)]] = Field(
        default=_DATASET, description="data set to train on; `lrsearch list datasets` shows all"
    )
    root: Adjustable[Annotated[str, text()] | None] = Field(
        default=None, description="folder where data sets are stored; null: $LRSEARCH_DATA, or else the user's cache"
    )
    path: Adjustable[Annotated[str, text()] | None] = Field(
        default=None,
        description="your own data: the file or the folder that the data set is read from",
    )
    train_size: Setting[Annotated[int, whole(1)] | None] = Field(
        default=None, description="number of training examples, with the share of each class kept; null: all"
    )
    split_seed: Setting[Annotated[int, whole(0, 2**63 - 1)]] = Field(
        default=0,
        description="seed that draws the validation examples and those of train_size; independent of `seed`",
    )
    split: Setting[SplitFile | None] = Field(
        default=None,
        description="validation part from a file: {indices: x.npz}, {groups: x.npy} or {times: x.npy}; null: by class",
    )
    val_fraction: Setting[Annotated[float, number(0.0, 1.0, above_low=True, below_high=True)] | None] = Field(
        default=None,
        description="share of the examples held out for validation; "
        "null: a tenth, but at least 500 examples and at most a third",
    )
    batch_size: Setting[Annotated[int, whole(1)]] = Field(default=64, description="number of examples in a mini-batch")
    augment: Setting[Literal["none", "flip-crop"]] = Field(
        default="none", description="random changes of training images: none, or flip-crop (mirror and shift)"
    )


class TrainSpec(Section):
    """How each network is trained."""

    epochs: Setting[
        Annotated[int, whole(1, _MOST_EPOCHS, why_high="the log stores every epoch, and would be too large")]
    ] = Field(default=20, description="number of passes over the training examples")
    optimizer: Setting[Annotated[Choice, choice("optimizer", _OPTIMIZER)]] = Field(
        default=_OPTIMIZER, description="optimizer and its options; `lrsearch list optimizers` shows all"
    )
    schedule: Setting[Annotated[Choice, choice("schedule", _SCHEDULE)]] = Field(
        default=_SCHEDULE, description="how the rate changes during training; `lrsearch list schedules` shows all"
    )
    loss: Setting[Annotated[Choice, choice("loss", _LOSS)]] = Field(
        default=_LOSS, description="training loss; a plugin may define others"
    )
    warmup: Setting[Annotated[Warmup, validator(parse_warmup, WARMUP_SCHEMA)]] = Field(
        default=0.0,
        description="how long the rate rises at first: a share of the run (0.1), {epochs: 1} or {steps: 200}",
    )
    clip_norm: Setting[Annotated[float, number(0.0, above_low=True)] | None] = Field(
        default=None, description="largest norm of the gradient; a larger gradient is scaled down; null: no limit"
    )
    clip_value: Setting[Annotated[float, number(0.0, above_low=True)] | None] = Field(
        default=None, description="limit each component of the gradient to [-x, x]; null: no limit"
    )
    weight_decay_on: Setting[Literal["all", "weights"]] = Field(
        default="all",
        description="what weight decay applies to: all parameters, or weights (no biases, no norm layers)",
    )
    accumulate: Setting[Annotated[int, whole(1)]] = Field(
        default=1, description="number of mini-batches whose gradients are added up for one optimizer step"
    )
    label_smoothing: Setting[Annotated[float, number(0.0, 1.0, below_high=True)]] = Field(
        default=0.0, description="share of each label that is spread evenly over all classes, in [0, 1)"
    )
    class_weights: Setting[Literal["balanced"] | None] = Field(
        default=None,
        description="weights of the classes in the training loss: balanced (rare classes weigh more); null: all equal",
    )
    early_stopping: Setting[EarlyStopping | None] = Field(
        default=None,
        description="stop when validation loss no longer falls: {patience: 3, min_delta: 0}; null: never",
    )
    precision: Setting[Literal["fp32", "bf16", "auto"]] = Field(
        default="fp32", description="number format: fp32, bf16, or auto (bf16 where the hardware has it)"
    )


class SearchSpec(Section):
    """Which learning rates are tried, and how they are scored."""

    metric: Setting[Annotated[Choice, validator(parse_metric, METRIC_SCHEMA)]] = Field(
        default=_METRIC,
        description=f"rank by {', '.join(METRICS)} or {{name: x, goal: min}}",
    )
    lr: Adjustable[Annotated[Rates | Literal["auto"], validator(parse_rates, RATES_SCHEMA)] | None] = Field(
        default=None,
        description="{low: 1e-4, high: 1, scale: log}, a list [0.1, 0.01], auto (a range test); null: the usual range",
    )
    suggested: Setting[Annotated[float, validator(parse_rate, RATE_SCHEMA)] | None] = Field(
        default=None,
        description="rate that you expect to be good; bayes and auto begin with this rate, and results show its rank",
    )
    points: Adjustable[Annotated[int, _rates(1)] | None] = Field(
        default=None, description=f"{_readers('search.points')}: number of rates; null: 3 per decade (factor of 10)"
    )
    trials: Adjustable[Annotated[int, _rates(1)]] = Field(
        default=20, description=f"{_readers('search.trials')}: number of rates to try"
    )
    budget: Adjustable[Annotated[int, _rates(1)]] = Field(
        default=10, description=f"{_readers('search.budget')}: number of trainings to spend; shorter ones count less"
    )
    scan_epochs: Fixed[Annotated[int, whole(1, _MOST_EPOCHS)] | None] = Field(
        default=None,
        description=f"{_readers('search.scan_epochs')}: epochs of its short trainings; null: an eighth of the epochs",
    )
    repeats: Adjustable[Annotated[int, _repeats(1)]] = Field(
        default=1, description="number of trainings of each rate, each with a different seed"
    )
    sampler: Fixed[Literal["tpe", "gp"]] = Field(
        default="tpe",
        description=f"{_readers('search.sampler')}: method that proposes rates: tpe, or gp (a Gaussian process)",
    )
    batch: Fixed[Annotated[int, _rates(1)]] = Field(
        default=4,
        description="bayes, prune: number of rates to propose at a time, based on all earlier results",
    )
    prune: Fixed[Literal["none", "median", "halving"]] = Field(
        default="none", description=f"{_readers('search.prune')}: stop poor trainings early: none, median or halving"
    )
    eta: Fixed[Annotated[int, whole(2, 100, why_high="almost all rates would be stopped at once")]] = Field(
        default=2, description="halving: one of this many rates goes on, for this many times as many epochs"
    )
    min_epochs: Fixed[Annotated[int, whole(1, _MOST_EPOCHS)] | None] = Field(
        default=None,
        description="halving, prune: epochs before rates are first compared; null: an eighth (prune: a quarter)",
    )
    extend: Adjustable[Annotated[bool, flag()]] = Field(
        default=False,
        description="try rates beyond the range as long as the best rate is at an end, up to 3 decades on a side",
    )
    refine: Adjustable[Annotated[int, _rates(0)]] = Field(
        default=0, description="number of rates to add around the best rate, halfway between rates already tried"
    )
    confirm: Adjustable[Annotated[int, _rates(0)]] = Field(
        default=0,
        description="number of best rates to train again with new seeds; only the new results then rank these rates",
    )
    max_repeats: Adjustable[Annotated[int, _repeats(2)]] = Field(
        default=5, description="confirm: maximum number of new seeds for each rate"
    )
    named: Adjustable[Annotated[tuple[float, ...], validator(parse_named, NAMED_SCHEMA)]] = Field(
        default=(), description="rates to train after the search, and to rank with the others: [0.03, 0.05]"
    )
    margin: Adjustable[Annotated[float, number(0.0, above_low=True)] | None] = Field(
        default=None,
        description="auto, confirm: stop when no rate can beat the best by this margin; null: the metric's (auto: x2)",
    )
    scored_epoch: Setting[Literal["last", "best"]] = Field(
        default="last", description="epoch that gives the score: last, or best (too high on average)"
    )


class RunSpec(Section):
    """Where and how the trainings run."""

    device: Fixed[Annotated[str, _DEVICE]] = Field(
        default="auto", description="device to train on: auto, cpu, cuda, cuda:1, mps"
    )
    executor: Fixed[Annotated[str, word("auto", *EXECUTORS)]] = Field(
        default="auto", description=f"where to train: {_EXECUTORS}, auto"
    )
    engine: Fixed[Literal["auto", "single", "population", "graph"]] = Field(
        default="auto",
        description="single (one network at a time), population (many as one stack), graph (CUDA graphs) or auto",
    )
    jobs: Fixed[
        Annotated[
            int | Literal["auto"],
            whole(1, 4096, word="auto", why_high="more processes would only slow each other down"),
        ]
    ] = Field(default="auto", description="number of trainings that run at the same time: auto or a whole number")
    trial_timeout: Adjustable[Annotated[float, _seconds(above_low=True)] | None] = Field(
        default=None,
        description="seconds that a worker may take for one training, or for one stack, without the time for its "
        "start; null: no limit",
    )
    checkpoint_seconds: Adjustable[Annotated[float, _seconds()] | None] = Field(
        default=30.0, description="shortest time in seconds between two checkpoints of a training; null: no checkpoints"
    )


def _empty_section(value: object) -> object:
    return {} if value is None else value


_EMPTY_IS_DEFAULT = BeforeValidator(_empty_section)


class Spec(Section):
    """The settings of one whole search. `spec.yaml` of a run contains them."""

    name: Fixed[Annotated[str, _NAME]] = Field(description="name of the run; default: the file's name without .yaml")
    seed: Setting[Annotated[int, whole(0, 2**63 - 1)]] = Field(
        default=0,
        description="seed of the initial weights, the order of the examples, augmentation and the proposed rates",
    )
    data: Annotated[DataSpec, _EMPTY_IS_DEFAULT] = Field(
        default=DataSpec(), description="data to train and validate with"
    )
    model: Setting[Annotated[Choice, choice("model", _MODEL)]] = Field(
        default=_MODEL,
        description="network to train; `lrsearch list models` shows all; the default for texts is lstm",
    )
    train: Annotated[TrainSpec, _EMPTY_IS_DEFAULT] = Field(
        default=TrainSpec(), description="how each network is trained"
    )
    search: Annotated[SearchSpec, _EMPTY_IS_DEFAULT] = Field(
        default=SearchSpec(), description="which learning rates are tried, and how they are scored"
    )
    run: Annotated[RunSpec, _EMPTY_IS_DEFAULT] = Field(default=RunSpec(), description="where and how the trainings run")
    placeholders: Setting[Annotated[Placeholders, validator(parse_placeholders, PLACEHOLDERS_SCHEMA)]] = Field(
        default=Placeholders(),
        description="values of the placeholders of a program behind `--`: {opt: adam} for {opt} in its command",
    )
    arms: Fixed[Annotated[Arms, validator(parse_arms, _ARMS_SCHEMA)]] = Field(
        default=Arms(), description="variants to compare, each searched in this run: {adam: {train.optimizer: adam}}"
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: object) -> object:
        return fill_range(fill_defaults(values, _DATASET), _OPTIMIZER)


def task_kind(dataset: Choice) -> TaskKind:
    """Return what a network learns from a data set: classes, or numbers."""
    return (
        "regression" if dataset.options.get("task", DATASETS[dataset.name].task) == "regression" else "classification"
    )


def search_metric(spec: Spec) -> Metric:
    """Return the metric that the rates of a search are ranked by."""
    choice = spec.search.metric
    entry = METRICS.get(choice.name)
    if entry is not None and entry.plugin and "scale" not in choice.options:
        compute = entry.build
        return entry if compute is None else replace(entry, build=partial(compute, **choice.options))
    goal, scale = choice.options.get("goal"), choice.options.get("scale")
    return find_metric(
        choice.name,
        "min" if goal == "min" else "max" if goal == "max" else None,
        "share" if scale == "share" else "real" if scale == "real" else None,
        task_kind(spec.data.dataset),
    )


def search_rates(spec: Spec) -> Rates:
    """Return the learning rates of a search: a list or a range.

    If the spec gives no rates, or if it says `auto` and no range test has found a range yet, return the optimizer's
    usual range.
    """
    if spec.search.lr is not None and spec.search.lr != AUTO:
        return spec.search.lr
    low, high = usual_ends(spec.train.optimizer)
    return LrRange(low=low, high=high)
