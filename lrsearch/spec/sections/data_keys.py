"""The section `data`: what to train and validate with."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lrsearch.spec.sections.choices import Choice, Section, choice, make_choice
from lrsearch.spec.sections.roles import Adjustable, Setting
from lrsearch.spec.sections.values import number, text, whole, wrong

DEFAULT_DATASET = make_choice("dataset", "digits")


class SplitFile(Section):
    """Where the validation part comes from: one file with what is known of each training example."""

    indices: Annotated[str, text()] | None = Field(
        default=None, description=".npz with train and val: the indices of the examples of each part, from 0"
    )
    groups: Annotated[str, text()] | None = Field(
        default=None, description=".npy with the group of each example, (N,); a group is in one part only"
    )
    times: Annotated[str, text()] | None = Field(
        default=None, description=".npy with the time of each example, (N,); the latest examples validate"
    )

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if sum(value is not None for value in (self.indices, self.groups, self.times)) != 1:
            raise wrong("give one of indices, groups and times: {groups: patients.npy}")
        return self

    @property
    def kind(self) -> str:
        """The key that is set: indices, groups or times."""
        return next(key for key in ("indices", "groups", "times") if getattr(self, key) is not None)

    @property
    def path(self) -> str:
        """The file."""
        return str(getattr(self, self.kind))


class DataSpec(Section):
    """Data to train and validate with."""

    dataset: Setting[Annotated[Choice, choice("dataset", DEFAULT_DATASET)]] = Field(
        default=DEFAULT_DATASET, description="data set to train on; `lrsearch list datasets` shows all"
    )
    root: Adjustable[Annotated[str, text()] | None] = Field(
        default=None, description="folder where data sets are stored; null: $LRSEARCH_DATA, or else the user's cache"
    )
    path: Adjustable[Annotated[str, text()] | None] = Field(
        default=None,
        description="your own data: the file or the folder that the data set is read from",
    )
    test_path: Adjustable[Annotated[str, text()] | None] = Field(
        default=None,
        description="your own test texts or rows: a file with the columns of data.path, which only `train` reads",
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
