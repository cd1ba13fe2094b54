"""The whole spec as a frozen model. Each key has a default, allowed values, a role and a one-line description."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from lrsearch.spec.sections.arms import Arms, parse_arms
from lrsearch.spec.sections.choices import Choice, Section, choice, make_choice
from lrsearch.spec.sections.data_keys import DEFAULT_DATASET, DataSpec
from lrsearch.spec.sections.defaults import fill_defaults
from lrsearch.spec.sections.placeholders import PLACEHOLDERS_SCHEMA, Placeholders, parse_placeholders
from lrsearch.spec.sections.roles import Fixed, Setting
from lrsearch.spec.sections.run_keys import RunSpec
from lrsearch.spec.sections.search_keys import SearchSpec
from lrsearch.spec.sections.train_keys import DEFAULT_LOSS, DEFAULT_OPTIMIZER, DEFAULT_SCHEDULE, TrainSpec
from lrsearch.spec.sections.usual_range import fill_range
from lrsearch.spec.sections.values import text, validator, whole
from lrsearch.spec.sections.wording import KeyPath

NAME_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}"
NAME_RULE = "a name has 1 to 64 letters, digits, '.', '_' and '-', and does not start with '.' or '-'"
_NAME = text(NAME_PATTERN, NAME_RULE)
_ARMS_SCHEMA = {
    "type": "object",
    "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
    "additionalProperties": {"type": "object", "minProperties": 1},
}
DEFAULT_MODEL = make_choice("model", "mlp")

DEFAULTS: dict[KeyPath, Choice] = {
    ("data", "dataset"): DEFAULT_DATASET,
    ("model",): DEFAULT_MODEL,
    ("train", "optimizer"): DEFAULT_OPTIMIZER,
    ("train", "schedule"): DEFAULT_SCHEDULE,
    ("train", "loss"): DEFAULT_LOSS,
}
"""The default choice for each key of `CHOICES`."""


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
    model: Setting[Annotated[Choice, choice("model", DEFAULT_MODEL)]] = Field(
        default=DEFAULT_MODEL,
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
        return fill_range(fill_defaults(values, DEFAULT_DATASET), DEFAULT_OPTIMIZER)
