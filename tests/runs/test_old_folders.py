"""Run folders that an earlier version wrote."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import lrsearch
from lrsearch.errors import StorageError
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Limits, Listener
from lrsearch.records import Result

GOLDEN = Path(__file__).parent / "golden"


def test_a_run_that_names_the_scored_epoch_score_is_read_and_resumed(tmp_path, monkeypatch):
    """Its spec differs in nothing, what was trained stands, and the rest is trained as it would have been."""
    monkeypatch.setenv("LRSEARCH_TRAINER", "analytic")
    spec = lrsearch.load_spec(None, ["search.scored_epoch=best", "search.points=4"])
    whole = lrsearch.run_search(spec, strategy="grid", runs_dir=tmp_path, name="whole")
    stop = StopSwitch()
    listener = Listener(saw=lambda event: stop.stop() if isinstance(event, Result) else None)
    part = lrsearch.run_search(
        spec, strategy="grid", runs_dir=tmp_path, name="part", limits=Limits(stop=stop), listener=listener
    )
    assert 0 < len(part.results) < 4
    manifest = json.loads(part.folder.manifest.read_text())
    manifest["spec"]["search"]["score"] = manifest["spec"]["search"].pop("scored_epoch")
    part.folder.manifest.write_text(json.dumps(manifest))
    part.folder.spec.write_text(part.folder.spec.read_text().replace("scored_epoch:", "score:"))
    assert lrsearch.load_run(part.path).spec == part.spec
    assert lrsearch.load_spec(part.folder.spec) == part.spec
    resumed = lrsearch.resume_run("part", runs_dir=tmp_path, spec=lrsearch.load_spec(part.folder.spec))
    assert resumed.finished
    assert [result.score for result in resumed.results] == [result.score for result in whole.results]
    assert resumed.spec.search.scored_epoch == "best"


def test_a_run_of_format_1_is_shown_and_resumed_as_format_1(tmp_path, analytic):
    """What was trained stands, the rest is trained as in a new run, and the file keeps its form."""
    shutil.copytree(GOLDEN / "format_1", tmp_path / "old")
    part = lrsearch.load_run(tmp_path / "old")
    assert (part.finished, [row.state for row in part.ranking.rows]) == (False, ["ok", "not yet"])
    whole = lrsearch.run_search(part.spec, strategy="grid", runs_dir=tmp_path, name="new", progress=False)
    resumed = lrsearch.resume_run(tmp_path / "old", progress=False)
    assert [result.score for result in resumed.results] == [result.score for result in whole.results]
    assert [row.state for row in resumed.ranking.rows] == [row.state for row in whole.ranking.rows]
    values = json.loads(resumed.folder.manifest.read_text())
    assert (values["format"], values["facts"]["majority"], "task" in values) == (1, 0.1, False)
    assert json.loads(whole.folder.manifest.read_text())["task"]["metrics"]["val_accuracy"]["constant"] == 0.1
    results = json.loads(resumed.folder.results_json.read_text())
    assert results["run"]["task"]["name"] == "analytic"  # a file for programs has one form


def test_a_run_of_a_newer_format_is_refused_in_one_line(tmp_path):
    """Nothing of it is guessed at or changed."""
    shutil.copytree(GOLDEN / "format_1", tmp_path / "new")
    path = tmp_path / "new" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 3}))
    before = path.read_bytes()
    for use in (lrsearch.load_run, lrsearch.resume_run):
        with pytest.raises(StorageError) as caught:
            use(tmp_path / "new")
        assert (
            str(caught.value)
            == f"{path}: was written by a newer lrsearch in format 3, but this lrsearch reads up to 2; upgrade lrsearch"
        )
    assert path.read_bytes() == before
