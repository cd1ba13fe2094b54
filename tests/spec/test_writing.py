"""Specs in writing: plain values, YAML, the template, the schema."""

from __future__ import annotations

import json

import pytest
import yaml

from lrsearch.spec import load_spec, make_spec, spec_schema, spec_template, spec_values, spec_yaml
from lrsearch.spec.sections import Spec


def test_template_is_the_default(tmp_path):
    """The commented spec says nothing but the defaults, and every key stands in it."""
    path = tmp_path / "start.yaml"
    path.write_text(spec_template(), encoding="utf-8")
    assert load_spec(path) == make_spec({}, name="start")
    assert all(len(line) <= 120 for line in spec_template().splitlines())
    written = spec_values(make_spec({}))
    keys = [key for section in written.values() if isinstance(section, dict) for key in section if key != "name"]
    assert all(f"{key}:" in spec_template() for key in [*written, *keys])


def test_values_are_json():
    """Plain values survive JSON, and make the same spec."""
    spec = make_spec({"search": {"lr": [0.1]}, "train": {"optimizer": "adam", "warmup": {"epochs": 1}}})
    assert make_spec(json.loads(json.dumps(spec_values(spec)))) == spec


@pytest.mark.parametrize(
    "text", ["1e5", "017", "0o17", "no", "null", "~", "1:30", "a: b", "#a", "- a", "[a", "é ", "'"]
)
def test_yaml_quotes_what_looks_like_another_value(text, tmp_path):
    """Text comes back as text, for our reader and for one that follows YAML 1.1."""
    spec = make_spec({"data": {"root": text}, "name": "a"})
    path = tmp_path / "a.yaml"
    path.write_text(spec_yaml(spec), encoding="utf-8")
    assert load_spec(path) == spec
    assert yaml.safe_load(spec_yaml(spec))["data"]["root"] == text


def test_yaml_golden():
    """A resolved spec has a line for each key, and short forms where nothing is lost."""
    spec = make_spec({"search": {"lr": {"low": 1e-5}}, "data": {"dataset": "mnist"}, "model": "cnn"})
    lines = spec_yaml(spec).splitlines()
    assert lines[:4] == ["name: mnist", "seed: 0", "data:", "  dataset: mnist"]
    assert "model: {name: cnn, width: 1.0, norm: none, dropout: 0.0}" in lines
    assert "  schedule: constant" in lines


def _described(schema):
    for key, value in schema.get("properties", {}).items():
        yield key, "description" in value
    for definition in schema.get("$defs", {}).values():
        yield from _described(definition)


def test_schema_describes_every_key():
    """Editors can say what each key does, and take the short forms."""
    schema = json.loads(json.dumps(spec_schema()))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == []
    described = dict(_described(schema))
    assert all(described.values())
    assert set(Spec.model_fields) <= described.keys()
    assert "mlp" in schema["properties"]["model"]["anyOf"][0]["enum"]
    assert schema["properties"]["model"]["default"] == {
        "name": "mlp",
        "hidden": [64],
        "width": 1.0,
        "norm": "none",
        "dropout": 0.0,
    }
