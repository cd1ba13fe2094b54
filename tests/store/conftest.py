"""A manifest and golden files for the tests of the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from factories import CREATED, make_manifest, make_task
from lrsearch.plans import Decision, Plan, auto
from lrsearch.records import NetworkFacts
from lrsearch.store import Manifest, Session, create_run

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """A manifest with every field filled."""
    return make_manifest(
        command=("lrsearch", "grid"),
        task=make_task(
            majority=0.102,
            label_entropy=2.3025,
            val_entropy=2.302,
            fingerprint="abc",
            network=NetworkFacts(shapes="12ab", start="34cd"),
            remarks=("data: mind this",),
        ),
        n_trials=12,
        plan=Plan(
            device=auto("cpu", "no accelerator here"),
            precision=Decision("fp32", "set in the spec"),
            engine=Decision("single", "set in the spec"),
            executor=Decision("processes", "set in the spec"),
            jobs=Decision(2, "set in the spec"),
            stack=Decision(1, "one trial at a time"),
            threads=Decision(1, "cores divided by jobs"),
            range=Decision("0.0001 .. 1.0 log", "search.lr"),
        ),
        versions={"python": "3.0.0", "torch": "2.14.0"},
        platform={"os": "Linux", "processor": "a processor", "cores": 2},
        git_commit="0123abcd",
        train_seconds=12.5,
        finished=True,
        sessions=(Session(started=CREATED, warnings=("one", "two")),),
    )


@pytest.fixture(autouse=True, scope="module")
def _clock():
    """A clock that stands still: logs of equal results are equal to the byte."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lrsearch.store.log.since_epoch", lambda: 1_800_000_000.0)
        yield


@pytest.fixture(scope="session")
def check_golden() -> Callable[[str, str], None]:
    """Compare a text with a golden file; LRSEARCH_WRITE_GOLDEN=1 writes it anew, to be read before it is kept."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("LRSEARCH_WRITE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return check


@pytest.fixture
def create(tmp_path, manifest):
    """Make a run under `runs`; the seconds tell when."""

    def make(name=None, *, second=0, spec_name="digits"):
        dated = replace(manifest, created=f"2026-01-31T12:00:{second:02d}.000000+00:00")
        return create_run(
            tmp_path / "runs", spec_name=spec_name, strategy="grid", spec_yaml="seed: 0\n", manifest=dated, name=name
        )

    return make
