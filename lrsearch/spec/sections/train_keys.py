"""The section `train`: how each network is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lrsearch.spec.sections.choices import Choice, Section, choice, make_choice
from lrsearch.spec.sections.roles import Setting
from lrsearch.spec.sections.values import number, validator, whole
from lrsearch.spec.sections.warmup import WARMUP_SCHEMA, Warmup, parse_warmup

DEFAULT_OPTIMIZER = make_choice("optimizer", "sgd", momentum=0.9)
DEFAULT_SCHEDULE = make_choice("schedule", "constant")
DEFAULT_LOSS = make_choice("loss", "cross-entropy")
MOST_EPOCHS = 1_000_000


class EarlyStopping(Section):
    """When to stop a training whose validation loss no longer falls."""

    patience: Annotated[int, whole(1)] = Field(
        default=3, description="stop after this many epochs in a row without a lower validation loss"
    )
    min_delta: Annotated[float, number(0.0)] = Field(
        default=0.0, description="smallest fall of the validation loss that counts"
    )


class TrainSpec(Section):
    """How each network is trained."""

    epochs: Setting[
        Annotated[int, whole(1, MOST_EPOCHS, why_high="the log stores every epoch, and would be too large")]
    ] = Field(default=20, description="number of passes over the training examples")
    optimizer: Setting[Annotated[Choice, choice("optimizer", DEFAULT_OPTIMIZER)]] = Field(
        default=DEFAULT_OPTIMIZER, description="optimizer and its options; `lrsearch list optimizers` shows all"
    )
    schedule: Setting[Annotated[Choice, choice("schedule", DEFAULT_SCHEDULE)]] = Field(
        default=DEFAULT_SCHEDULE,
        description="how the rate changes during training; `lrsearch list schedules` shows all",
    )
    loss: Setting[Annotated[Choice, choice("loss", DEFAULT_LOSS)]] = Field(
        default=DEFAULT_LOSS, description="training loss; a plugin may define others"
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
