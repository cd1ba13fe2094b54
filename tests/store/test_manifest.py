"""run.json: everything comes back, and what is not whole is refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_task
from lrsearch.errors import DataError, StorageError
from lrsearch.plans import Decision
from lrsearch.records import Baseline, NetworkFacts, Task
from lrsearch.store import ArmPlan, new_manifest, read_manifest, resumed_manifest, write_manifest
from lrsearch.store.manifest_json import manifest_bytes, manifest_from_json, manifest_to_json

GOLDEN = Path(__file__).parent / "golden"


def plain(manifest):
    """The values of a manifest as its file holds them."""
    return json.loads(manifest_bytes(manifest))


def test_comes_back(tmp_path, manifest):
    """Written and read, replaced and read again."""
    path = tmp_path / "run.json"
    write_manifest(path, manifest)
    assert read_manifest(path) == manifest
    write_manifest(path, replace(manifest, finished=False, n_trials=None, git_commit=None))
    assert read_manifest(path) == replace(manifest, finished=False, n_trials=None, git_commit=None)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_word_that_is_no_text(tmp_path, manifest):
    """A path on the command line that is not UTF-8 comes back as it was."""
    odd = replace(manifest, command=("lrsearch", "grid", os.fsdecode(b"\xff.yaml")))
    write_manifest(tmp_path / "run.json", odd)
    assert read_manifest(tmp_path / "run.json") == odd


def test_the_version_stands_first(manifest):
    """A reader sees the version before anything else."""
    assert manifest_bytes(manifest).startswith(b'{\n  "format": 2,')


def test_keys_that_are_not_known_are_passed_over(manifest):
    """A later version may add to a manifest of the same format."""
    assert manifest_from_json({**plain(manifest), "later": 1}) == manifest


@settings(deadline=None)
@given(data=st.data())
def test_a_manifest_cut_anywhere_is_refused(tmp_path_factory, manifest, data):
    """A truncated run.json is a clear line, and never half a manifest."""
    content = manifest_bytes(manifest)
    path = tmp_path_factory.mktemp("cut") / "run.json"
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 2))])
    with pytest.raises(StorageError, match=r"run\.json: is not complete JSON"):
        read_manifest(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[]", "the key `format` must be a whole number from 1 to 2"),
        ("null", "the key `format` must be a whole number from 1 to 2"),
        ('{"format": null}', "the key `format` must be a whole number from 1 to 2"),
        ('{"format": true}', "the key `format` must be a whole number from 1 to 2"),
        ('{"format": Infinity}', "the key `format` must be a whole number from 1 to 2"),
        ('{"format": 1}', "name: is missing"),
    ],
)
def test_other_json_is_refused(tmp_path, content, problem):
    """Valid JSON that is no manifest."""
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(StorageError) as caught:
        read_manifest(path)
    assert str(caught.value).startswith(f"{path}: {problem} (changed by hand?); restore the file from a copy")


HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.sampled_from([10**400, -(2**64), float("inf"), float("nan"), -1.0, 0.5, 7.0]),
    st.sampled_from(["", "7", "nan", "\x1b[31m", "2026-01-31", "\ud800", "latest"]),
    st.sampled_from([[], [[]], {}, {"": None}]),
)
"""Values that somebody may have put in the place of another."""


def places(values, path=()):
    """The paths of all values inside of values, those of the spec and of the platform apart."""
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in inner:
        if (*path, key) not in {("spec",), ("platform",), ("versions",)}:
            yield (*path, key)
            yield from places(value, (*path, key))


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_an_edited_manifest_is_read_or_refused_in_one_line(tmp_path_factory, manifest, data):
    """Whatever stands in the place of a value: what is read holds it, and what is refused is named."""
    values = plain(manifest if data.draw(st.booleans()) else with_arms(manifest, a="abc", b="bcd"))
    place = data.draw(st.sampled_from(list(places(values))))
    *parents, key = place
    holder = values
    for parent in parents:
        holder = holder[parent]
    if data.draw(st.booleans()):
        holder[key] = data.draw(HOSTILE)
    else:
        del holder[key]
    path = tmp_path_factory.mktemp("edited") / "run.json"
    path.write_text(json.dumps(values))
    try:
        found = read_manifest(path)
    except StorageError as error:
        message = str(error)
        assert "\n" not in message
        assert "\x1b" not in message
        assert message.startswith(f"{path}: ")
        named = next((part for part in reversed(place) if isinstance(part, str)), "")
        assert named in message or place in {("format",), ("arms",)}
    else:
        again = path.with_name("again.json")
        write_manifest(again, found)
        assert read_manifest(again) == found


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (("created",), 5, "created: must be text, got 5"),
        (("created",), None, "created: must be text, got null"),
        (("created",), "2026-01-31", "created: must be a time with its time zone"),
        (("n_trials",), "12", 'n_trials: must be a whole number, got "12"'),
        (("train_seconds",), 10**400, "train_seconds: must be a number, got 1000000000"),
        (("task", "n_val"), 0, "task.n_val: must be at least 1, got 0"),
        (("task", "shape"), [], "task.shape: must be a list of 1, got []"),
        (("task", "n_classes"), 1, "task.n_classes: must be at least 2, got 1"),
        (("task", "network", "shapes"), 1, "task.network.shapes: must be text, got 1"),
        (("task", "metrics", "val_loss"), {"constant": "2"}, "task.metrics.val_loss.constant: must be a number, got"),
        (("task", "metrics"), {"val_accuracy": {"constant": 2}}, "task.metrics: must hold numbers from 0 to 1 for val"),
        (("decisions", "jobs", "value"), "2", 'decisions.jobs.value: must be a whole number, got "2"'),
        (("decisions", "executor", "value"), "x", "decisions.executor.value: must be 'inline'"),
        (("strategy",), "best", "strategy: must be 'grid', "),
        (("sessions", 0, "warnings"), "one", 'sessions[0].warnings: must be a list, got "one"'),
    ],
)
def test_an_edited_value_is_named(tmp_path, manifest, place, value, problem):
    """The field, what it must be, and what it is."""
    values = plain(manifest)
    holder = values
    for parent in place[:-1]:
        holder = holder[parent]
    holder[place[-1]] = value
    path = tmp_path / "run.json"
    path.write_text(json.dumps(values))
    with pytest.raises(StorageError) as caught:
        read_manifest(path)
    assert str(caught.value).startswith(f"{path}: {problem}")


def test_a_newer_format_is_refused(tmp_path, manifest):
    """What a newer version wrote is not guessed at."""
    path = tmp_path / "run.json"
    path.write_text(json.dumps({**manifest_to_json(manifest), "format": 3}))
    with pytest.raises(StorageError) as caught:
        read_manifest(path)
    assert str(caught.value) == (
        f"{path}: was written by a newer lrsearch in format 3, but this lrsearch reads up to 2; upgrade lrsearch"
    )


def with_arms(manifest, **fingerprints):
    """A manifest whose arms see these data."""
    plans = {
        name: ArmPlan(
            task=replace(manifest.task, fingerprint=fingerprint), plan=replace(manifest.plan, stack=Decision(4, name))
        )
        for name, fingerprint in fingerprints.items()
    }
    return replace(manifest, arms=plans, plan=next(iter(plans.values())).plan)


def test_arms_come_back(tmp_path, manifest):
    """With what each sees and what was resolved for it; without any, nothing is written of them."""
    write_manifest(tmp_path / "run.json", with_arms(manifest, a="abc", b="bcd"))
    found = read_manifest(tmp_path / "run.json")
    assert found == with_arms(manifest, a="abc", b="bcd")
    assert found.task_of("b").fingerprint == "bcd"
    assert (found.plan_of("b").stack, found.plan_of("b").device) == (Decision(4, "b"), manifest.plan.device)
    assert list(manifest_to_json(found)["decisions"]) == ["device", "executor", "jobs"]
    assert "device" not in manifest_to_json(found)["arms"]["a"]["decisions"]
    assert manifest.task_of("") == manifest.task
    assert "arms" not in manifest_to_json(manifest)


def test_a_resume_compares_the_data_of_each_arm(manifest):
    """New arms are added, and those that are there keep their plans."""
    old, new = with_arms(manifest, a="abc"), with_arms(manifest, b="bcd", a="abc").arms
    resumed = resumed_manifest(old, task=manifest.task, arms=new)
    assert list(resumed.arms) == ["b", "a"]
    assert resumed.arms["a"] == old.arms["a"]
    with pytest.raises(DataError, match="are not the data that the run began with"):
        resumed_manifest(old, task=manifest.task, arms=with_arms(manifest, a="other").arms)


def test_a_new_manifest(manifest):
    """The machine, the versions and the first session are found; the rest is as given."""
    new = new_manifest(
        strategy="grid",
        spec_values={"seed": 7},
        task=manifest.task,
        plan=manifest.plan,
        given=frozenset({"model"}),
        command=["lrsearch", "grid"],
        n_trials=3,
    )
    assert (new.seed, new.n_trials, new.finished, new.name) == (7, 3, False, "")
    assert new.versions["python"]
    assert new.platform["cores"] >= 1
    assert [session.started for session in new.sessions] == [new.created]
    assert manifest_from_json(json.loads(manifest_bytes(new))) == new


def test_a_resume_adds_a_session(manifest):
    """What has changed since is recorded with it; a larger budget reopens the run."""
    resumed = resumed_manifest(manifest, task=manifest.task, n_trials=24)
    assert resumed.sessions[:-1] == manifest.sessions
    assert any("python 3.0.0" in warning for warning in resumed.sessions[-1].warnings)
    assert (resumed.n_trials, resumed.finished, resumed.versions) == (24, False, manifest.versions)
    assert resumed.spec == manifest.spec
    assert resumed_manifest(manifest, task=manifest.task, spec_values={"seed": 1}).spec == {"seed": 1}


def test_other_data_are_refused(manifest):
    """Results on other data would stand in one table with these."""
    with pytest.raises(DataError, match="not the data that the run began with"):
        resumed_manifest(manifest, task=replace(manifest.task, fingerprint="other"))


def test_a_manifest_without_the_flag_of_auto_is_read(manifest):
    """Older versions wrote a reason that begins with the word, and what was given from Python as decisions."""
    values = plain(manifest)
    for decision in values["decisions"].values():
        del decision["is_auto"]
    assert manifest_from_json(values).plan == manifest.plan
    values["decisions"]["own arrays"] = {"value": 1, "reason": "given from Python"}
    assert manifest_from_json(values).given == {"data"}
    assert (
        manifest_to_json(replace(manifest, given=frozenset({"data"})))["decisions"].keys() == values["decisions"].keys()
    )


def test_a_manifest_without_a_plan_is_refused(tmp_path, manifest):
    """As any other that is not whole."""
    values = plain(manifest)
    del values["decisions"]["stack"]
    (tmp_path / "run.json").write_text(json.dumps(values))
    with pytest.raises(StorageError, match=r"decisions\.stack: is missing"):
        read_manifest(tmp_path / "run.json")


def test_a_manifest_of_format_1_is_read_and_stays_one(tmp_path, manifest):
    """What it holds is the same; it is written as it was, so that the lrsearch that made it can read it."""
    path = tmp_path / "run.json"
    path.write_bytes((GOLDEN / "run_1.json").read_bytes())
    found = read_manifest(path)
    assert found == replace(manifest, format=1, task=replace(manifest.task, network=None))
    write_manifest(path, resumed_manifest(found, task=manifest.task, n_trials=12))
    again, before = json.loads(path.read_bytes()), json.loads((GOLDEN / "run_1.json").read_bytes())
    assert again.pop("sessions")[:-1] == before.pop("sessions")
    assert again == {**before, "finished": False}


def test_a_manifest_of_format_1_with_arms_and_a_network(tmp_path):
    """Its network is that of each arm; a new arm is written in the old form too."""
    path = tmp_path / "run.json"
    path.write_bytes((GOLDEN / "run_1_arms.json").read_bytes())
    found = read_manifest(path)
    assert {found.task_of(arm).network for arm in "ab"} == {NetworkFacts(shapes="12ab", start="34cd")}
    assert (found.task_of("b").n_train, found.task_of("b").fingerprint) == (500, "bcd")
    write_manifest(path, found)
    assert json.loads(path.read_bytes()) == json.loads((GOLDEN / "run_1_arms.json").read_bytes())
    write_manifest(path, replace(found, arms={**found.arms, "c": replace(found.arms["a"], task=make_task())}))
    assert json.loads(path.read_bytes())["arms"]["c"]["facts"]["majority"] == 0.1
    assert read_manifest(path).task_of("c").n_train == 1000


def test_format_1_has_no_entropy_of_the_validation_labels_at_first(tmp_path):
    """Then the baseline of the validation loss is not known."""
    values = json.loads((GOLDEN / "run_1.json").read_bytes())
    del values["facts"]["val_entropy"], values["facts"]["remarks"]
    task = manifest_from_json(values).task
    assert (task.baseline("val_loss"), task.baseline("train_loss")) == (Baseline(), Baseline(constant=2.3025))
    assert task.remarks == ()


def test_the_file_of_format_2(manifest, check_golden):
    """A golden file; what an older lrsearch does not know is in `task`."""
    text = manifest_bytes(with_arms(manifest, a="abc", b="bcd")).decode()
    check_golden("run_2.json", text)
    assert manifest_from_json(json.loads(text)) == with_arms(manifest, a="abc", b="bcd")


def test_a_task_with_unknown_parts_comes_back(tmp_path, manifest):
    """Its kind and the names of its metrics are all that there is."""
    metrics = {"perplexity": Baseline(), "loss": Baseline(constant=2.0, untrained=3.0)}
    bare = replace(manifest, task=Task(name="train.py", metrics=metrics))
    write_manifest(tmp_path / "run.json", bare)
    assert read_manifest(tmp_path / "run.json") == bare
    assert plain(bare)["task"]["metrics"] == {"perplexity": {}, "loss": {"constant": 2.0, "untrained": 3.0}}


def test_data_that_nobody_can_know_again_are_accepted(manifest):
    """Without a fingerprint, then or now."""
    unknown = replace(manifest.task, fingerprint=None)
    assert resumed_manifest(manifest, task=unknown).task == manifest.task
    assert resumed_manifest(replace(manifest, task=unknown), task=manifest.task).task == unknown
