"""The spec as frozen models: every key, its default, what it may be and one line about it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from lrsearch.catalog import usual_range
from lrsearch.spec.sections.choices import Choice, Section, choice, make_choice, parse_choice
from lrsearch.spec.sections.forms import (
    AUTO,
    RATES_SCHEMA,
    WARMUP_SCHEMA,
    Arms,
    EarlyStopping,
    LrRange,
    Rates,
    Warmup,
    parse_arms,
    parse_rates,
    parse_warmup,
)
from lrsearch.spec.sections.values import KeyPath, flag, number, text, validator, whole

NAME_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}"
DEVICE_PATTERN = r"(auto|cpu|mps|cuda(:(0|[1-9][0-9]{0,3}))?)"

_DATASET = make_choice("dataset", "digits")
_MODEL = make_choice("model", "mlp")
_OPTIMIZER = make_choice("optimizer", "sgd", momentum=0.9)
_SCHEDULE = make_choice("schedule", "constant")

_NAME = text(NAME_PATTERN, "letters, digits, '.', '_' and '-' only, 64 at most, and neither '.' nor '-' at its start")
_DEVICE = text(DEVICE_PATTERN, "expected auto, cpu, mps, cuda or cuda:N")
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
}
"""What the keys of `CHOICES` name when the spec does not say."""


class DataSpec(Section):
    """What is trained on."""

    dataset: Annotated[Choice, choice("dataset", _DATASET)] = Field(
        default=_DATASET, description="`lrsearch list datasets` names them"
    )
    root: Annotated[str, text()] | None = Field(
        default=None, description="where data sets are kept; null: $LRSEARCH_DATA, else the user's cache folder"
    )
    path: Annotated[str, text()] | None = Field(default=None, description="arrays: an .npz file; folder: its place")
    train_size: Annotated[int, whole(1)] | None = Field(
        default=None, description="keep this many training examples, stratified; null: all"
    )
    split_seed: Annotated[int, whole(0, 2**63 - 1)] = Field(
        default=0, description="draws the validation part and the subset, apart from `seed`"
    )
    val_fraction: Annotated[float, number(0.0, 1.0, above_low=True, below_high=True)] | None = Field(
        default=None, description="share held out for validation; null: 0.1, but at least 500 images where it can be"
    )
    batch_size: Annotated[int, whole(1)] = Field(default=64, description="images for each optimizer step")
    augment: Literal["none", "flip-crop"] = Field(default="none", description="none or flip-crop")


class TrainSpec(Section):
    """How one training goes."""

    epochs: Annotated[int, whole(1)] = Field(default=20, description="passes over the training part")
    optimizer: Annotated[Choice, choice("optimizer", _OPTIMIZER)] = Field(
        default=_OPTIMIZER, description="`lrsearch list optimizers` names them"
    )
    schedule: Annotated[Choice, choice("schedule", _SCHEDULE)] = Field(
        default=_SCHEDULE, description="`lrsearch list schedules` names them"
    )
    warmup: Annotated[Warmup, validator(parse_warmup, WARMUP_SCHEMA)] = Field(
        default=0.0, description="a fraction of the run (0.1), or {epochs: 1}, or {steps: 200}"
    )
    clip_norm: Annotated[float, number(0.0, above_low=True)] | None = Field(
        default=None, description="largest gradient norm; null: no limit"
    )
    clip_value: Annotated[float, number(0.0, above_low=True)] | None = Field(
        default=None, description="largest size of each number of a gradient; null: no limit"
    )
    weight_decay_on: Literal["all", "weights"] = Field(
        default="all", description="all, or weights: leaves out biases and the parameters of norms"
    )
    accumulate: Annotated[int, whole(1)] = Field(
        default=1, description="mini-batches whose gradients make one optimizer step"
    )
    label_smoothing: Annotated[float, number(0.0, 1.0, below_high=True)] = Field(
        default=0.0, description="share of the label spread over all classes, in [0, 1)"
    )
    early_stopping: EarlyStopping | None = Field(default=None, description="{patience: 3, min_delta: 0.0}; null: none")
    precision: Literal["fp32", "bf16", "auto"] = Field(default="fp32", description="fp32, bf16 or auto")


class SearchSpec(Section):
    """Which learning rates are tried, and how they are scored."""

    lr: Annotated[Rates | Literal["auto"], validator(parse_rates, RATES_SCHEMA)] | None = Field(
        default=None,
        description="{low: 1e-4, high: 1, scale: log}, a list [0.1, 0.01], auto (a range test); null: the usual range",
    )
    suggested: Annotated[float, number(0.0, above_low=True)] | None = Field(
        default=None, description="a rate from elsewhere: bayes tries it first, and the end says how it ranked"
    )
    points: Annotated[int, whole(1)] | None = Field(default=None, description="grid: rates; null: 3 for each decade")
    trials: Annotated[int, whole(1)] = Field(default=20, description="random, bayes: rates in all")
    repeats: Annotated[int, whole(1)] = Field(default=1, description="seeds for each learning rate")
    sampler: Literal["tpe"] = Field(default="tpe", description="bayes: tpe")
    batch: Annotated[int, whole(1)] = Field(
        default=4, description="bayes: rates proposed before the next results are seen"
    )
    extend: Annotated[bool, flag()] = Field(
        default=False, description="go on beyond the range while the best rate lies at its end, 3 decades at most"
    )
    refine: Annotated[int, whole(0)] = Field(default=0, description="rates to add around the best, halving the spacing")
    confirm: Annotated[int, whole(0)] = Field(default=0, description="best rates to train again, under further seeds")
    max_repeats: Annotated[int, whole(2)] = Field(default=5, description="confirm: most further seeds for each rate")
    margin: Annotated[float, number(0.0, 100.0, above_low=True)] = Field(
        default=0.25, description="confirm: points of accuracy that do not matter; ends when none can be better by more"
    )
    scored_epoch: Literal["last", "best"] = Field(
        default="last", description="epoch whose validation accuracy is the score: last, or best (optimistic)"
    )


class RunSpec(Section):
    """Where and how the trainings run."""

    device: Annotated[str, _DEVICE] = Field(default="auto", description="auto, cpu, cuda, cuda:1, mps")
    executor: Literal["auto", "inline", "processes"] = Field(default="auto", description="auto, inline or processes")
    engine: Literal["auto", "single", "population"] = Field(default="auto", description="auto, single or population")
    jobs: Annotated[int | Literal["auto"], whole(1, word="auto")] = Field(
        default="auto", description="trainings at one time: auto or a whole number"
    )
    trial_timeout: Annotated[float, number(0.0, above_low=True)] | None = Field(
        default=None, description="seconds that a worker may take for a trial (or a stack of them); null: no limit"
    )
    checkpoint_seconds: Annotated[float, number(0.0)] | None = Field(
        default=30.0, description="least time between two checkpoints of a trial, taken after an epoch; null: none"
    )


def _empty_section(value: object) -> object:
    return {} if value is None else value


_EMPTY_IS_DEFAULT = BeforeValidator(_empty_section)


class Spec(Section):
    """One search, whole: what `spec.yaml` of a run holds."""

    name: Annotated[str, _NAME] = Field(description="names the run; the file's stem when left out")
    seed: Annotated[int, whole(0, 2**63 - 1)] = Field(default=0, description="of weights, order and proposals")
    data: Annotated[DataSpec, _EMPTY_IS_DEFAULT] = Field(default=DataSpec(), description="what is trained on")
    model: Annotated[Choice, choice("model", _MODEL)] = Field(
        default=_MODEL, description="`lrsearch list models` names them"
    )
    train: Annotated[TrainSpec, _EMPTY_IS_DEFAULT] = Field(default=TrainSpec(), description="how one training goes")
    search: Annotated[SearchSpec, _EMPTY_IS_DEFAULT] = Field(default=SearchSpec(), description="rates that are tried")
    run: Annotated[RunSpec, _EMPTY_IS_DEFAULT] = Field(default=RunSpec(), description="where the trainings run")
    arms: Annotated[Arms, validator(parse_arms, _ARMS_SCHEMA)] = Field(
        default=Arms(), description="sets of overrides by name, each searched too: {adam: {train.optimizer: adam}}"
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_range(cls, values: object) -> object:
        """A range with one end gets the other from the optimizer's usual range."""
        match values:
            case {"search": {"lr": Mapping() as lr, **search}, **others} if not {"low", "high"} <= lr.keys():
                train = others.get("train")
                optimizer = train.get("optimizer", _OPTIMIZER) if isinstance(train, Mapping) else _OPTIMIZER
                low, high = _ends(optimizer)
                filled: dict[str, Any] = {"low": low, "high": high, **lr}
                with suppress(TypeError):  # no number: reported where it stands
                    if filled["low"] >= filled["high"]:
                        return values  # the end that is missing is then reported as missing
                return {**others, "search": {**search, "lr": filled}}
        return values


def _ends(optimizer: object) -> tuple[float, float]:
    try:
        return usual_ends(parse_choice("optimizer", _OPTIMIZER, optimizer))
    except (ValidationError, PydanticCustomError):  # reported where the optimizer stands; here any valid end will do
        return 5e-324, 1.7e308


def usual_ends(optimizer: Choice) -> tuple[float, float]:
    """The usual range of an optimizer's rates, as (low, high), both > 0."""
    momentum = optimizer.options.get("momentum")
    low, high = usual_range(optimizer.name, momentum if isinstance(momentum, float) else 0.0)
    return float(f"{low:.12g}"), float(f"{high:.12g}")  # 3, where 30 * (1 - 0.9) is a hair less


def search_rates(spec: Spec) -> Rates:
    """The learning rates of a search: a range, the optimizer's usual one where the spec has none, or a list.

    Of `auto` it is the usual range, until a range test has found another.
    """
    if spec.search.lr is not None and spec.search.lr != AUTO:
        return spec.search.lr
    low, high = usual_ends(spec.train.optimizer)
    return LrRange(low=low, high=high)
