"""The types and bounds of the values in `run.json`, in both of its formats. See `shapes` for all other files."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field

from lrsearch.catalog import EXECUTORS, STRATEGIES
from lrsearch.store.plugin_shapes import PluginShape
from lrsearch.store.shapes import AtLeastOne, Count, Seconds, Shape, Share, Text, Time, name_in

_Sizes: TypeAlias = Annotated[list[AtLeastOne], Field(min_length=1)]
_Classes: TypeAlias = Annotated[int, Field(ge=2, le=2**53)]
_Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
_Entropy: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _NetworkShape(Shape):
    """The fingerprints of a network; see `records.NetworkFacts`."""

    shapes: Text
    start: Text | None = None


class _BaselineShape(Shape):
    """The scores of a metric without looking at the examples; see `records.Baseline`."""

    constant: _Finite | None = None
    untrained: _Finite | None = None


def _check_shares(metrics: dict[Any, _BaselineShape]) -> dict[Any, _BaselineShape]:
    for name in ("train_accuracy", "val_accuracy"):
        scores = metrics.get(name, _BaselineShape())
        if any(score is not None and not 0 <= score <= 1 for score in (scores.constant, scores.untrained)):
            raise ValueError(f"must hold numbers from 0 to 1 for {name}")
    return metrics


class _TaskShape(Shape):
    """A task; see `records.Task`. A value that the trainer does not know is null."""

    name: Text
    kind: Text
    shape: _Sizes | None
    n_classes: _Classes | None
    n_train: AtLeastOne | None
    n_val: AtLeastOne | None
    fingerprint: Text | None
    network: _NetworkShape | None
    metrics: Annotated[dict[Any, _BaselineShape], AfterValidator(_check_shares)]
    remarks: list[Text] = Field(default_factory=list)
    val_classes: Text | None = None


class _FactsShape(Shape):
    """The facts about the data in format 1."""

    dataset: Text
    shape: _Sizes
    n_classes: _Classes
    n_train: AtLeastOne
    n_val: AtLeastOne
    majority: Share
    label_entropy: _Entropy
    fingerprint: Text
    remarks: list[Text] = Field(default_factory=list)
    val_entropy: _Entropy | None = None


class _Decision(Shape):
    reason: Text
    is_auto: bool = False


class _Word(_Decision):
    value: Text


class _Device(_Decision):
    value: Annotated[str, Field(min_length=1)]


class _Precision(_Decision):
    value: Literal["fp32", "bf16"]


class _Engine(_Decision):
    value: Literal["single", "population", "graph"]


class _Executor(_Decision):
    value: Annotated[Text, name_in(EXECUTORS)]


class _HowMany(_Decision):
    value: AtLeastOne


class _HowManyOrNone(_Decision):
    value: Count


class _ShareOrMore(_Decision):
    value: Annotated[float, Field(ge=0)]


class _ArmPlanShape(Shape):
    """The decisions that each arm has for itself; see `plans.Plan`."""

    precision: _Precision
    engine: _Engine
    stack: _HowMany
    threads: _HowMany
    range: _Word | None = None
    class_weights: _Word | None = None
    loaders: _HowManyOrNone | None = None
    num_cpus: _HowMany | None = None
    num_gpus: _ShareOrMore | None = None


class _SharedPlanShape(Shape):
    device: _Device
    executor: _Executor
    jobs: _HowMany


class _PlanShape(_ArmPlanShape, _SharedPlanShape):
    pass


class _ProgramShape(Shape):
    """A program that trains; see `command.Program` and `command.Recorded`."""

    command: Annotated[list[Text], Field(min_length=1)]
    folder: Text
    unit: Literal["", "share", "percent"] = ""
    chance: _Finite | None = None
    n_val: AtLeastOne | None = None
    metric_files: Text = ""
    metric_regex: Text = ""
    template: str | None = None
    template_name: Text = "config.yaml"
    lr_from_env: bool = False
    keep_dir: bool = False
    gpus_per_trial: AtLeastOne | None = None
    grace_seconds: Seconds = 30.0
    digest: Text
    is_objective: bool = False
    files: dict[Any, Text]


class _FinalShape(Shape):
    """A final training; see `plans.FinalPlan`."""

    search: str
    reason: str
    with_validation: bool
    expected: _Finite | None = None
    expected_sd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    seed_sd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class _SessionShape(Shape):
    started: Time
    warnings: list[Text]


class _RunShape(Shape):
    """What both formats of `run.json` have in common; see `store.Manifest`."""

    name: Text
    strategy: Annotated[Text, name_in(STRATEGIES)]
    created: Time
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)]
    spec: dict[Any, Any]
    command: list[Text]
    n_trials: Count | None
    versions: dict[Any, Text]
    platform: dict[Any, Text | int]
    git_commit: Text | None
    train_seconds: Seconds
    finished: bool
    n_recorded: Count | None = None
    sessions: list[_SessionShape]
    program: _ProgramShape | None = None
    plugins: list[PluginShape] = Field(default_factory=list)
    final: _FinalShape | None = None


class _Run(_RunShape):
    task: _TaskShape
    decisions: _PlanShape


class _Arm(Shape):
    task: _TaskShape
    decisions: _ArmPlanShape


class _RunOfArms(_RunShape):
    task: _TaskShape
    decisions: _SharedPlanShape
    arms: Annotated[dict[Any, _Arm], Field(min_length=1)]


class _Run1(_RunShape):
    facts: _FactsShape
    network: _NetworkShape | None = None
    decisions: _PlanShape


class _Arm1(Shape):
    facts: _FactsShape
    decisions: _ArmPlanShape


class _RunOfArms1(_RunShape):
    facts: _FactsShape
    network: _NetworkShape | None = None
    decisions: _SharedPlanShape
    arms: Annotated[dict[Any, _Arm1], Field(min_length=1)]


def manifest_shape(version: int, *, has_arms: bool) -> type[Shape]:
    """Return the form of `run.json`.

    Args:
        version: The version of the file's format, 1 or 2.
        has_arms: Whether the run has arms. Each arm then holds the decisions that the arms do not share.
    """
    if version == 1:
        return _RunOfArms1 if has_arms else _Run1
    return _RunOfArms if has_arms else _Run
