"""Whatever is fed to the spec, it answers with a spec or with problems; what it writes, it reads."""

from __future__ import annotations

import contextlib
import math

from hypothesis import assume, example, given
from hypothesis import strategies as st

from lrsearch.catalog import MODELS, OPTIMIZERS, SCHEDULES
from lrsearch.errors import SpecError
from lrsearch.spec import change_spec, differences, make_spec, spec_values, spec_yaml
from lrsearch.spec.document_changes import parse_set
from lrsearch.spec.parsing import parse_spec
from lrsearch.spec.reading.loader import decode, parse_document
from lrsearch.spec.sections.values import show

KEYS = [
    "name", "seed", "data", "dataset", "root", "path", "batch_size", "model", "train", "epochs", "optimizer", "warmup",
    "steps", "early_stopping", "search", "lr", "low", "high", "scale", "points", "run", "device", "jobs", "momentum",
    "arms", "train.epochs", "train.optimizer", "search.lr",
    "score", "scored_epoch", "search.score", "search.scored_epoch",
]  # fmt: skip
WORDS = ["digits", "mlp", "cnn", "sgd", "adam", "auto", "log", "cuda:1", "arrays", "folder", "synthetic", "convnet"]
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(WORDS)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.just(10**400) | st.binary(max_size=3)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, inner, max_size=6),
    max_leaves=30,
)
YAMLISH = st.lists(
    st.sampled_from([*KEYS, *WORDS, ": ", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "&a", "*a", "!!x", "'", '"', "\t",
                     "---", "...", "#", "|", ">", "? ", "%", "@", "1e-3", ".nan", "~", "\\U", "\ud7ff", "\x85", "<<"]),
    max_size=40,
).map("".join)  # fmt: skip


def _spec_or_problems(text):
    with contextlib.suppress(SpecError):
        parse_spec(parse_document(text, "exp.yaml"), "exp")


@given(st.text() | YAMLISH)
@example("%YAML " + "9" * 5000 + ".1\n---\na: b")
@example('name: "\\UFFFFFFFF"')
@example('name: "\\uD800"')
@example('"\\uD800": 1')
@example("data: {dataset: {name: [a]}}")
@example("search: {lr: {low: 1, high: [1]}}")
def test_any_text(text):
    """Any text is a spec, or a SpecError; never a bug."""
    _spec_or_problems(text)


@given(st.binary())
def test_any_bytes(data):
    """Any bytes are a text that can be looked at, or a SpecError."""
    with contextlib.suppress(SpecError):
        _spec_or_problems(decode(data, "exp.yaml"))


@example({"\ud800": 1})
@example({"data": {"\ud800": "\ud800"}})
@given(st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, TREES, max_size=8) | TREES)
def test_any_tree(values):
    """Any plain values are a spec, or a SpecError whose every problem can be printed."""
    try:
        make_spec(values)
    except SpecError as error:
        str(error).encode()  # fails on what no terminal could show


@given(ANY_TEXT, TREES, st.sampled_from(KEYS))
def test_any_change(text, value, key):
    """Any setting and any change is taken, or refused with a SpecError."""
    for path in (f"train.{key}", f"search.lr.{key}", f"model.{key}", key, text):
        with contextlib.suppress(SpecError):
            change_spec(make_spec({}), {path: value})
    with contextlib.suppress(SpecError):
        parse_set(text)


RATES = st.floats(1e-30, 1e30)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", fullmatch=True),
        "seed": st.integers(0, 2**63 - 1),
        "model": st.sampled_from([name for name in MODELS if name in {"mlp", "cnn"}]),
        "data": st.fixed_dictionaries(
            {}, optional={"root": st.text(min_size=1), "val_fraction": st.floats(0.01, 0.9), "batch_size": st.just(7)}
        ),
        "train": st.fixed_dictionaries(
            {},
            optional={
                "optimizer": st.sampled_from(sorted(OPTIMIZERS)),
                "schedule": st.sampled_from(sorted(SCHEDULES)),
                "warmup": st.floats(0, 0.99) | st.builds(lambda x: {"epochs": x}, st.floats(0, 9)),
                "clip_norm": RATES,
                "label_smoothing": st.floats(0, 0.99),
                "early_stopping": st.just({"patience": 2}),
            },
        ),
        "search": st.fixed_dictionaries(
            {},
            optional={
                "lr": st.lists(RATES, min_size=1, max_size=5, unique=True)
                | st.builds(lambda low, times: {"low": low, "high": low * times}, RATES, st.floats(1.5, 1e9)),
                "trials": st.integers(1, 10**9),
            },
        ),
        "arms": st.dictionaries(
            st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", fullmatch=True),
            st.fixed_dictionaries(
                {"train.optimizer": st.sampled_from(sorted(OPTIMIZERS))},
                optional={"search.lr": st.lists(RATES, min_size=1, max_size=3, unique=True), "model.width": RATES},
            ),
            max_size=3,
        ),
    },
)


@given(SPECS)
def test_round_trips(values):
    """Through plain values and through YAML, a spec comes back equal, and differs in nothing."""
    try:
        spec = make_spec(values)
    except SpecError:
        assume(False)  # hypothesis's own way to pass over an example
    assert make_spec(spec_values(spec)) == spec
    assert parse_spec(parse_document(spec_yaml(spec), "spec.yaml")) == spec
    assert differences(spec, make_spec(spec_values(spec))) == []
    assert hash(make_spec(spec_values(spec))) == hash(spec)


@given(st.floats(allow_nan=False))
def test_shown_numbers_are_exact(value):
    """A number in a message is the number that was meant."""
    assert float(show(value)) == value or math.isinf(value)
