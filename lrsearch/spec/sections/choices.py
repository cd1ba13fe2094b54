"""Reads and checks what a spec chooses from the catalog, such as an optimizer with its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, create_model

from lrsearch.catalog import DATASETS, LOSSES, MODELS, OPTIMIZERS, SCHEDULES, Entry
from lrsearch.spec.sections.values import option_type, wrong, wrong_at
from lrsearch.spec.sections.wording import KeyPath, quote, show, suggestion

_E = TypeVar("_E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Choice:
    """A catalog entry that a spec names, with a value for each of its options.

    Attributes:
        name: The entry's main name.
        options: Every option, including defaults; lists are stored as tuples. Read-only.
    """

    name: str
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def __hash__(self) -> int:
        return hash((self.name, frozenset(self.options.items())))

    def __reduce__(self) -> tuple[type[Choice], tuple[str, dict[str, object]]]:
        return Choice, (self.name, dict(self.options))  # a mapping proxy cannot be pickled


class Section(BaseModel):
    """A mapping of the spec: frozen and strict; unknown keys are refused."""

    # pydantic compiles each section as a part of `Spec`. `defer_build` avoids compiling it a second time on its own.
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


TABLES: dict[str, Mapping[str, Entry]] = {
    "dataset": DATASETS,
    "model": MODELS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
}

CHOICES: dict[KeyPath, str] = {
    ("data", "dataset"): "dataset",
    ("model",): "model",
    ("train", "optimizer"): "optimizer",
    ("train", "schedule"): "schedule",
    ("train", "loss"): "loss",
}
"""The keys of a spec whose value is a catalog entry, and the table in `TABLES` that the entry comes from."""


def find_entry(table: Mapping[str, _E], name: object) -> _E | None:
    """Return the entry with this name or alias; None if there is none."""
    return next((entry for entry in table.values() if name == entry.name or name in entry.aliases), None)


@cache
def _built_in_model(kind: str, name: str) -> type[Section]:
    fields: dict[str, Any] = {
        key: (option_type(option), Field(default=option.default, description=option.about))
        for key, option in TABLES[kind][name].options.items()
    }
    return create_model(f"{kind} {name}", __base__=Section, **fields)


def option_model(kind: str, entry: Entry) -> type[Section]:
    """Make the pydantic model of one entry's options, with their defaults.

    The options of a plugin are aliases of fields, because an option may have any name, also that of a method of
    pydantic.

    Args:
        kind: What the entry is, such as model.
        entry: The entry.
    """
    if not entry.plugin:
        return _built_in_model(kind, entry.name)
    fields: dict[str, Any] = {
        f"option_{number}": (
            option_type(option),
            Field(default=option.default, description=option.about, alias=key, title=key),
        )
        for number, (key, option) in enumerate(entry.options.items())
    }
    return create_model(f"{kind} {entry.name}", __base__=Section, **fields)


def parse_options(kind: str, entry: Entry, values: Mapping[str, object]) -> dict[str, object]:
    """Check the options of an entry, and return all of them. An option that is left out gets its default.

    Args:
        kind: What the entry is, such as model.
        entry: The entry.
        values: The options that the user sets.

    Raises:
        ValidationError: The entry has no such option, or a value is not allowed.
    """
    parsed = option_model(kind, entry).model_validate(dict(values))
    return {field.alias or name: getattr(parsed, name) for name, field in type(parsed).model_fields.items()}


def make_choice(kind: str, name: str, **options: object) -> Choice:
    """Make a choice. An option that is left out gets its default."""
    return parse_choice(kind, None, {"name": name, **options})


def parse_choice(kind: str, default: Choice | None, value: object) -> Choice:
    """Parse a choice from a name or a mapping. A mapping without a name changes options of the default entry.

    Raises:
        ValidationError: The name is unknown, the entry has no such option, or a value is not allowed.
        PydanticCustomError: The value is neither a name nor a mapping.
    """
    if isinstance(value, Choice):
        value = {"name": value.name, **value.options}
    elif isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, Mapping):
        raise wrong(f"expected the name of {_a(kind)}, or a mapping with its name and options, got {show(value)}")
    if default is not None and "name" not in value:
        value = {"name": default.name, **default.options, **value}
    table, name = TABLES[kind], value["name"]
    entry = find_entry(table, name)
    if entry is None:
        raise wrong_at({("name",): _unknown(kind, name)})
    return Choice(entry.name, parse_options(kind, entry, {key: of for key, of in value.items() if key != "name"}))


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _unknown(kind: str, name: object) -> str:
    if not isinstance(name, str):
        return f"expected the name of {_a(kind)}, got {show(name)}"
    names = [known for entry in TABLES[kind].values() for known in (entry.name, *entry.aliases)]
    advice = _of_file(kind, name) or suggestion(name, names)
    return f"unknown {kind} {quote(name)}{advice} (`lrsearch list {_plural(kind)}`)"


_READERS = {"": "folder (images) or text", ".npz": "arrays"} | dict.fromkeys(
    (".csv", ".tsv", ".tab", ".jsonl", ".ndjson"), "text or table"
)
"""The data sets that read a file, by its ending; "" is a folder."""


def _of_file(kind: str, name: str) -> str:
    """Say how to use a file or a folder that was given in place of a name; "" if the name leads to none."""
    try:
        path = Path(name).expanduser()
        ending = "" if name and path.is_dir() else path.suffix.lower() if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return ""
    if ending == ".py":
        return f", which is a file; give the file with --plugin, and here the name of the {kind} that it defines"
    if kind != "dataset" or ending not in _READERS:
        return ""
    found = "file" if ending else "folder"
    return f", which is a {found}; set data.dataset to {_READERS[ending]}, and data.path to this path"


def _plural(kind: str) -> str:
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def choice(kind: str, default: Choice) -> PlainValidator:
    """Make the annotation of a field whose value is a catalog entry.

    Args:
        kind: A key of `TABLES`.
        default: The choice that a mapping without a name refers to.
    """
    schema = Annotated[Any, _ChoiceSchema(kind, default.name)]
    return PlainValidator(partial(parse_choice, kind, default), json_schema_input_type=schema)


@dataclass(frozen=True, slots=True)
class _ChoiceSchema:
    """The JSON schema of a choice.

    The schema is built only on request, because building it is slower than reading a spec.
    """

    kind: str
    default: str

    def __get_pydantic_json_schema__(self, _core: object, _handler: object) -> dict[str, object]:
        table = TABLES[self.kind]
        names = [name for entry in table.values() for name in (entry.name, *entry.aliases)]
        forms = [_entry_schema(self.kind, entry, is_default=entry.name == self.default) for entry in table.values()]
        return {"anyOf": [{"enum": names}, *forms]}


def _entry_schema(kind: str, entry: Entry, *, is_default: bool) -> dict[str, object]:
    schema = option_model(kind, entry).model_json_schema()
    named = {"enum": [entry.name, *entry.aliases], "description": entry.about}
    return {
        "type": "object",
        "properties": {"name": named} | schema["properties"],
        "required": [] if is_default else ["name"],
        "additionalProperties": False,
    }
