"""The types and bounds of what `run.json` holds of plugins; see `plugins.RecordedPlugin`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from lrsearch.catalog import KINDS
from lrsearch.store.shapes import Count, Shape, Text, name_in

_Number = Annotated[float, Field(allow_inf_nan=False)]


class _OptionShape(Shape):
    kind: Literal["number", "whole", "flag", "word", "text", "numbers", "wholes", "flags", "words", "texts"]
    default: Any
    about: Text
    low: _Number | None = None
    high: _Number | None = None
    above_low: bool = False
    below_high: bool = False
    length: Count | None = None
    words: list[Text] = Field(default_factory=list)
    why_high: Text = ""


class _EntryShape(Shape):
    kind: Annotated[Text, name_in(KINDS)]
    name: Annotated[Text, Field(min_length=1)]
    about: Text
    options: dict[Text, _OptionShape]
    groups_name: Text | None = None
    task: Literal["classification", "regression"] = "classification"
    low: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    high: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    goal: Literal["max", "min"] | None = None
    scale: Literal["share", "real"] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> _EntryShape:
        needed = {"model": ("groups_name",), "optimizer": ("low", "high"), "metric": ("goal", "scale")}.get(
            self.kind, ()
        )
        if absent := [key for key in needed if getattr(self, key) is None]:
            raise ValueError(f"must have {absent[0]}")
        return self


class PluginShape(Shape):
    """A plugin with its files and entries."""

    place: Annotated[Text, Field(min_length=1)]
    files: dict[Text, Text]
    entries: list[_EntryShape]
