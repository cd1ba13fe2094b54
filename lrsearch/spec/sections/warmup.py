"""The value of `train.warmup`: a share of the run, a number of epochs or a number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, TypeAdapter

from lrsearch.spec.sections.choices import Section
from lrsearch.spec.sections.values import number, whole, wrong
from lrsearch.spec.sections.wording import show


class WarmupEpochs(Section):
    """A warm-up whose length is counted in epochs."""

    epochs: Annotated[float, number(0.0)] = Field(description="epochs of warm-up, 0 or more")


class WarmupSteps(Section):
    """A warm-up whose length is counted in optimizer steps."""

    steps: Annotated[int, whole(0)] = Field(description="optimizer steps of warm-up, 0 or more")


Warmup: TypeAlias = float | WarmupEpochs | WarmupSteps
_FRACTION: TypeAdapter[float] = TypeAdapter(Annotated[float, number(0.0, 1.0, below_high=True)])
WARMUP_SCHEMA = {"anyOf": [_FRACTION.json_schema(), WarmupEpochs.model_json_schema(), WarmupSteps.model_json_schema()]}


def parse_warmup(value: object) -> Warmup:
    """Parse a warm-up: a fraction of the run, {epochs: x} or {steps: n}."""
    match value:
        case WarmupEpochs() | WarmupSteps():
            return value
        case {"epochs": _, "steps": _}:
            raise wrong("give epochs or steps, not both")
        case Mapping() if "epochs" in value:
            return WarmupEpochs.model_validate(value)
        case Mapping() if "steps" in value:
            return WarmupSteps.model_validate(value)
        case int() | float() if not isinstance(value, bool) and value >= 1:
            raise wrong(f"must be a fraction of the run in [0, 1), {{epochs: x}} or {{steps: n}}, got {show(value)}")
        case int() | float():
            return _FRACTION.validate_python(value)
    raise wrong(f"expected a fraction of the run, {{epochs: x}} or {{steps: n}}, got {show(value)}")
