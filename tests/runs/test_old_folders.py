"""Run folders that an earlier version wrote."""

from __future__ import annotations

import json

import lrsearch
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Limits, Listener
from lrsearch.records import Result


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
