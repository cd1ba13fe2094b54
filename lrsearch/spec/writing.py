"""Writes a spec: as plain values, as YAML, as a commented template and as a JSON schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import yaml
from pydantic.json_schema import GenerateJsonSchema

from lrsearch.spec.reading import BOOL, FLOAT, INT, NULL
from lrsearch.spec.sections import Arms, Choice, Placeholders, Section, Spec, SplitFile, plain

_COMMENT_COLUMN = 30
_ONLY_IF_USED = ("placeholders", "arms")
"""Keys that are written only if their value is not empty."""
_HEADER = """\
# A search for the learning rate. Run it with `lrsearch grid FILE`, or with random or bayes in place of grid.
# Every key is listed with its default and may be left out. `lrsearch check FILE` finds mistakes.
"""


class _Dumper(yaml.SafeDumper):
    """Quotes text that YAML 1.2 or 1.1 would read as another value, so that every reader sees the same values."""


for _tag, _pattern in (("null", NULL), ("bool", BOOL), ("int", INT), ("float", FLOAT)):
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern.pattern})\Z"), None)


class _Schema(GenerateJsonSchema):
    """Writes defaults as the plain values that a spec file contains."""

    def encode_default(self, dft: object) -> object:
        return _plain(dft)


def spec_values(spec: Spec) -> dict[str, object]:
    """Convert a spec to plain values, including defaults.

    JSON and YAML can store these values, and `make_spec` reads them.
    """
    return cast("dict[str, object]", _plain(spec))


def _plain(value: object) -> object:
    match value:
        case SplitFile():
            return {value.kind: value.path}
        case Section():
            return {key: _plain(inner) for key, inner in value if key not in _ONLY_IF_USED or inner}
        case Arms() | Placeholders():
            return plain(value)
        case Choice():
            return {"name": value.name} | {key: _plain(inner) for key, inner in value.options.items()}
        case tuple():
            return [_plain(item) for item in value]
    return value


def spec_yaml(spec: Spec, values: Mapping[str, object] | None = None) -> str:
    """Write a spec as YAML, one line for each key. `load_spec` reads an equal spec from it.

    Args:
        spec: The spec.
        values: The values to write; None for all of `spec_values`.
    """
    lines = []
    for key, value in (spec_values(spec) if values is None else values).items():
        if isinstance(getattr(spec, key), Section | Arms | Placeholders):
            lines += [f"{key}:", *(f"  {inner}: {_flow(of)}" for inner, of in cast("dict[str, object]", value).items())]
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    if isinstance(value, dict) and value.keys() == {"name"}:
        value = value["name"]
    # Dump a list with one item: PyYAML would write a document marker after a scalar alone.
    text: str = yaml.dump(
        [value], Dumper=_Dumper, default_flow_style=True, width=10**9, sort_keys=False, allow_unicode=True
    )
    return text.removeprefix("[").removesuffix("]\n")


def spec_template() -> str:
    """Write the default spec as YAML, with a comment for every key."""
    spec = Spec(name="unnamed")
    lines = [_HEADER.rstrip(), "", _commented("# name: my-search", str(Spec.model_fields["name"].description))]
    for key, field in Spec.model_fields.items():
        value = getattr(spec, key)
        if isinstance(value, Section):
            lines += ["", f"{key}:"]
            for inner, inner_field in type(value).model_fields.items():
                text = f"  {inner}: {_flow(_plain(getattr(value, inner)))}"
                lines.append(_commented(text, str(inner_field.description), indent="  "))
        elif key not in {"name", "placeholders"}:
            lines += ["", _commented(f"{key}: {_flow(_plain(value))}", str(field.description))]
    return "\n".join(lines) + "\n"


def _commented(text: str, comment: str, indent: str = "") -> str:
    """Put a comment at the end of a line, or above the line if both together are too long."""
    line = f"{text:<{_COMMENT_COLUMN}} # {comment}"
    return line if len(line) <= 120 and len(text) <= _COMMENT_COLUMN else f"{indent}# {comment}\n{text}"


def spec_schema() -> dict[str, object]:
    """Make the JSON schema (draft 2020-12) of a spec. Editors use it to complete and check YAML files."""
    schema: dict[str, Any] = Spec.model_json_schema(schema_generator=_Schema)
    schema["required"] = []  # the name is not required either: its default is the name of the file
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
