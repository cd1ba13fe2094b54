"""Ray as an executor, on one real cluster of two nodes on this machine; a third node comes and is killed."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from importlib.metadata import version

import pytest

from factories import make_plan, make_trial
from lrsearch.errors import DeviceError, UsageError
from lrsearch.executors.on_ray import cluster as connection
from lrsearch.executors.on_ray import cluster_lines, make, prepare
from lrsearch.executors.on_ray.cluster import connect, disconnect
from lrsearch.executors.on_ray.executor import RayExecutor
from lrsearch.executors.stop_switch import StopSwitch
from lrsearch.interfaces import NOTHING_GIVEN, Limits, Listener
from lrsearch.plans import auto
from lrsearch.records import Lost, Point, Result
from lrsearch.runs import resume_run, run_search
from lrsearch.spec import make_spec, written_yaml

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.filterwarnings("ignore")]

VARIABLES = {"LRSEARCH_TRAINER": "analytic", "LRSEARCH_ANALYTIC_SECONDS": "0.1"}
NODE = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
QUICK_TO_SEE_DEATHS = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 300,
    "health_check_failure_threshold": 2,
}


class Nodes:
    """The cluster of all tests in this file: two nodes with one CPU each."""

    def __init__(self):
        from ray.cluster_utils import Cluster as RayCluster

        head = {**NODE, "_system_config": QUICK_TO_SEE_DEATHS}
        with connection._ray_settings(on_loopback=True, is_there=False):
            self._cluster = RayCluster(initialize_head=True, head_node_args=head)
        self.add()

    @property
    def address(self):
        return self._cluster.address

    def add(self):
        with connection._ray_settings(on_loopback=True, is_there=False):
            return self._cluster.add_node(**NODE)

    def kill(self, node):
        self._cluster.remove_node(node, allow_graceful=False)

    def end(self):
        disconnect()
        self._cluster.shutdown()


@pytest.fixture(scope="session")
def nodes():
    """One cluster for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        nodes = Nodes()
        yield nodes
        nodes.end()


@pytest.fixture(autouse=True)
def _formula(monkeypatch):
    for name in [name for name in os.environ if name.startswith("LRSEARCH_")]:
        monkeypatch.delenv(name)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def spec_of(address, n_rates=6, **run):
    """A grid of short trainings; on the cluster if there is an address."""
    where = {"executor": "ray", "address": address, **run} if address else {"executor": "inline"}
    search = {"lr": {"low": 1e-3, "high": 1}, "points": n_rates}
    return make_spec({"train": {"epochs": 3}, "search": search, "run": where})


def outcome(run):
    """The results of a run by trial, times apart."""
    return {
        result.trial.key: replace(
            result, seconds=0.0, ended=None, points=tuple(replace(point, seconds=0.0) for point in result.points)
        )
        for result in run.results
    }


def written(spec):
    """The text of a spec."""
    return written_yaml(spec, of_program=False)


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    """What the same search finds in one process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRSEARCH_TRAINER", "analytic")
        return outcome(run_search(spec_of(None), runs_dir=tmp_path_factory.mktemp("expected"), progress=False))


def test_results_are_those_of_one_process(nodes, expected, tmp_path):
    """In every number but times; the plan says what fits, and another run keeps the connection."""
    seen = []
    run = run_search(spec_of(nodes.address), runs_dir=tmp_path, listener=Listener(saw=seen.append))
    assert outcome(run) == expected
    assert sum(isinstance(event, Point) for event in seen) == 18
    decisions = json.loads((run.path / "run.json").read_text())["decisions"]
    assert decisions["jobs"]["value"] == 2
    assert "2 nodes with 2 CPUs and no GPU, with 1 CPU each" in decisions["jobs"]["reason"]
    assert (decisions["num_cpus"]["value"], decisions["num_gpus"]["value"]) == (1, 0)
    assert "jobs: auto" in (run.path / "spec.yaml").read_text()
    assert connect(nodes.address) is connection.connected()


@pytest.mark.slow
def test_a_full_object_store_changes_nothing(nodes, expected, tmp_path):
    """Other work on the cluster has filled it; Ray moves the oldest objects to the disk."""
    connect(nodes.address)
    import ray

    held = [ray.put(bytes(25 << 20)) for _ in range(4)]
    run = run_search(spec_of(nodes.address), runs_dir=tmp_path, progress=False)
    assert outcome(run) == expected
    assert len(held) == 4


@pytest.mark.slow
def test_a_node_comes_late_and_is_killed(nodes, monkeypatch, tmp_path, capfd):
    """It trains as soon as it is there; when it is killed, its training is tried again; no number differs.

    Ray's own words on the node do not go to standard output.
    """
    seen, late, welcomed, stop = [], [], [], StopSwitch()
    welcome = RayExecutor._welcome

    def welcome_and_note(executor, worker, hello):
        welcomed.append((hello.node, executor.slots))
        return welcome(executor, worker, hello)

    def saw(event):
        seen.append(event)
        if isinstance(event, Result) and not late:
            late.append(nodes.add())
        if late and len(late) == 1 and isinstance(event, Point) and (late[0].node_id, 3) in welcomed:
            late.append("killed")
            nodes.kill(late[0])
        if isinstance(event, Lost):
            stop.stop()

    monkeypatch.setattr(RayExecutor, "_welcome", welcome_and_note)
    spec = spec_of(nodes.address, 400)
    run = run_search(spec, runs_dir=tmp_path, limits=Limits(stop=stop), listener=Listener(saw=saw))
    lost = [event for event in seen if isinstance(event, Lost)]
    assert lost, "the late node never trained"
    assert not lost[0].is_final
    assert "was lost with its node" in lost[0].reason
    assert {result.state for result in run.results} == {"ok"}
    monkeypatch.delenv("LRSEARCH_ANALYTIC_SECONDS")
    whole = resume_run(run.path, progress=False)
    assert outcome(whole) == outcome(run_search(spec_of(None, 400), runs_dir=tmp_path, progress=False))
    disconnect()
    assert "raylet" not in capfd.readouterr().out


@pytest.mark.slow
def test_a_killed_driver_is_resumed(nodes, expected, forks, tmp_path):
    """The log has what was finished; the cluster ends the workers; a resume trains the rest, with equal numbers."""
    (tmp_path / "spec.yaml").write_text(written(spec_of(nodes.address)))
    variables = {**os.environ, "LRSEARCH_ANALYTIC_SECONDS": "0.4"}
    process = forks.start(["grid", "spec.yaml", "-q", "--name", "cut"], cwd=tmp_path, env=variables)
    log = tmp_path / "runs" / "cut" / "trials.jsonl"
    deadline = time.monotonic() + 200
    while not log.exists() or log.read_bytes().count(b"\n") < 3:
        assert process.poll() is None, process.said
        assert time.monotonic() < deadline, process.said
        time.sleep(0.05)
    process.kill()
    process.wait()
    process.close()
    run = resume_run("cut", runs_dir=tmp_path / "runs", progress=False)
    assert outcome(run) == expected


def test_told_to_stop_workers_give_up_their_trials(nodes):
    """Finished results come, unfinished trials leave none, and the places are free again."""
    stop, plan = StopSwitch(), replace(make_plan(executor="ray", jobs=2), num_cpus=auto(1, "test"))

    def make_endless(index):
        def endless(stack, context):
            while not context.should_stop():
                time.sleep(0.01)
            return
            yield stack, index

        return endless

    connect(nodes.address)
    with make(make_endless, stop, plan, timeout_seconds=None) as executor:
        for number in range(2):
            executor.submit((make_trial(number=number),))
        events = []
        while not events:
            events = [next(iter(executor.events()))]
        stop.stop()
        events += executor.events()
    assert not any(isinstance(event, Result) for event in events)


@pytest.mark.slow
def test_a_program_travels_with_its_folder(nodes, monkeypatch, tmp_path):
    """The nodes run a copy of the folder; its size is said."""
    script = "import os, sys; print('val_acc', 0.5); print(os.getcwd(), file=sys.stderr)"
    (tmp_path / "train.py").write_text(script)
    monkeypatch.chdir(tmp_path)
    notes = []
    spec = {
        "search": {"lr": [0.1, 0.2], "metric": "val_acc"},
        "run": {"executor": "ray", "address": nodes.address},
    }
    run = run_search(spec, command=["python", "train.py", "{lr}"], listener=Listener(note=notes.append))
    assert [result.score for result in run.results] == [0.5, 0.5]
    assert "/working_dir_files/" in (run.path / "trials" / "000.log").read_text()
    assert any(note.startswith(f"sent to the nodes: {tmp_path}, 1 file, 74 bytes") for note in notes), notes


def test_check_says_what_the_cluster_has(nodes):
    """And how many trainings fit; what no node has is an error before anything is trained."""
    lines = cluster_lines(spec_of(nodes.address), NOTHING_GIVEN)
    assert lines[0] == f"cluster at {nodes.address}: 2 nodes with 2 CPUs and no GPU, Ray {version('ray')}"
    assert lines[1] == "room for 2 trainings (or stacks of trainings) at the same time, with 1 CPU for each"
    assert [line.partition(": ")[2] for line in lines[2:]] == ["1 CPU and no GPU, room for 1"] * 2
    with pytest.raises(UsageError, match=r"run.num_cpus: no node of the cluster has 3 CPUs for a training; it has 2 n"):
        cluster_lines(spec_of(nodes.address, num_cpus=3), NOTHING_GIVEN)
    with pytest.raises(DeviceError, match=r"run.device: no node of the cluster has 0.5 of a GPU for a training"):
        prepare(None, {"": spec_of(nodes.address, device="cuda", num_gpus=0.5)}, {"": 1}, NOTHING_GIVEN, print)
    with pytest.raises(UsageError, match=r"run.device: Ray chooses the GPU of each training; give cuda instead of cud"):
        cluster_lines(spec_of(nodes.address, device="cuda:1"), NOTHING_GIVEN)


def test_nodes_with_other_versions_are_refused(nodes, monkeypatch):
    """Before anything is trained, with the node and both versions."""
    connect(nodes.address)
    monkeypatch.setattr(connection, "_version", lambda _: "9.9")
    with pytest.raises(UsageError, match="nodes need the same versions as this machine") as caught:
        connection.check_versions(connection.connected())
    assert "(here 9.9)" in caught.value.lines[1]
