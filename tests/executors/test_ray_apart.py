"""What Ray's executor does when things go wrong, with workers that answer as told: no cluster is started."""

from __future__ import annotations

import socket
from dataclasses import replace
from types import SimpleNamespace

import pytest

from factories import make_plan, make_trial
from lrsearch.errors import DataError, TooManyFaults, UsageError
from lrsearch.executors.on_ray import cluster as connection
from lrsearch.executors.on_ray.capacity import Node
from lrsearch.executors.on_ray.cluster import Cluster, connect, differences, only_on_loopback, versions
from lrsearch.executors.on_ray.executor import RayExecutor
from lrsearch.executors.on_ray.sending import Sent, pack
from lrsearch.executors.on_ray.worker import Done, Hello, Ready, Worker
from lrsearch.executors.stop_switch import StopSwitch
from lrsearch.interfaces import Given
from lrsearch.places import here
from lrsearch.plans import Worker as WorkerFacts
from lrsearch.plans import auto
from lrsearch.plugins.loading import Plugin
from lrsearch.records import Doing, Result, Started, Trial
from lrsearch.spec import make_spec
from lrsearch.training.analytic import make_trainer

HOSTS = [Node("a", "host-a", 1.0), Node("b", "host-b", 1.0)]


class Actor:
    """An actor whose methods return what the test has put there, as if each were a reference."""

    def __init__(self):
        self.called = []
        for name in ("hello", "train", "messages", "stop"):
            setattr(self, name, SimpleNamespace(remote=lambda *args, name=name: self._call(name, args)))

    def _call(self, name, args):
        self.called.append((name, *args))
        return object()


@pytest.fixture
def played(monkeypatch):
    """An executor on two nodes, and a function that plays the next answer of its workers."""
    import ray

    cluster = Cluster("host-a:6379", checked={"a", "b"})
    monkeypatch.setattr(Cluster, "nodes", lambda *_, **__: tuple(HOSTS))
    plan = replace(make_plan(executor="ray"), jobs=auto(2, "as many as fit"), num_cpus=auto(1, "test"))
    executor = RayExecutor(None, StopSwitch(), plan, cluster, Sent(), timeout_seconds=5)
    monkeypatch.setattr(executor, "_start", lambda: _start(executor))
    answers = {}

    def get(reference):
        if isinstance(answers[reference], Exception):
            raise answers[reference]
        return answers[reference]

    monkeypatch.setattr(ray, "get", get)
    monkeypatch.setattr(ray, "kill", lambda actor, **_: actor.called.append("killed"))

    def play(worker, answer):
        answers[worker.waits_for] = answer
        return list(executor._receive(worker, stopping=False))

    return executor, play


def _start(executor):
    from lrsearch.executors.on_ray.executor import _Worker

    actor = Actor()
    executor._workers.append(_Worker(actor, actor.hello.remote()))


def hello(node, **changed):
    """What a worker says of itself."""
    return Hello(node, f"host-{node}", {**versions(), **changed})


def died():
    """What Ray raises for a worker that died."""
    from ray.exceptions import ActorDiedError

    return ActorDiedError()


def out_of_memory():
    """What Ray raises for a worker that it has ended to free memory."""
    from ray.exceptions import OutOfMemoryError

    return OutOfMemoryError("the node was running low on memory")


def test_a_trial_whose_workers_die_twice_is_killed(played):
    """The first death costs one try and half the memory; the second is final."""
    executor, play = played
    trial = make_trial(number=3)
    executor.submit((trial,))
    play(executor._workers[0], hello("a"))
    assert executor._workers[0].actor.called[-1] == ("train", (trial,), 1.0)
    (lost,) = play(executor._workers[0], died())
    assert (lost.trials, lost.is_final, lost.reason) == ((trial,), False, "a worker died on node host-a; trying again")
    play(executor._workers[0], hello("b"))
    assert executor._workers[0].actor.called[-1] == ("train", (trial,), 0.5)
    events = play(executor._workers[0], died())
    assert [(event.is_final, event.reason) for event in events] == [
        (True, "a worker died on node host-b in its last of 2 attempts")
    ]
    assert executor._n_left() == 0


def test_out_of_memory_is_oom(played):
    """Not a fault of the node: the user can take a smaller batch."""
    executor, play = played
    executor.submit((make_trial(number=0),))
    for _ in range(2):
        play(executor._workers[0], hello("a"))
        events = play(executor._workers[0], out_of_memory())
    (result,) = events
    assert isinstance(result, Result)
    assert result.state == "oom"
    assert "because the memory of node host-a was full in its last of 2 attempts" in result.message


def test_a_stack_comes_back_without_what_was_finished(played):
    """Only the trials without a result are tried again."""
    executor, play = played
    trials = tuple(make_trial(number=number) for number in range(3))
    executor.submit(trials)
    worker = executor._workers[0]
    play(worker, hello("a"))
    assert play(worker, [Started(trials=trials), Ready(), Result(trial=trials[0], state="ok")])[-1].trial == trials[0]
    assert worker.is_ready
    (lost,) = play(worker, died())
    assert lost.trials == trials[1:]


def test_a_worker_that_takes_too_long_is_killed(played, monkeypatch):
    """The time of its start does not count."""
    executor, play = played
    executor.submit((make_trial(number=0),))
    worker = executor._workers[0]
    play(worker, hello("a"))
    play(worker, [Ready()])
    executor._end_late_workers()
    assert "killed" not in worker.actor.called
    worker.since -= 6
    executor._end_late_workers()
    assert "killed" in worker.actor.called
    (lost,) = play(worker, died())
    assert lost.reason == "a worker took longer than run.trial_timeout (5 s); trying again"


def test_a_node_with_other_versions_is_not_used(played):
    """A node that joins later keeps its worker, so that Ray starts no other one there; it has no slot."""
    executor, play = played
    executor._cluster.checked.discard("b")
    assert executor.slots == 2
    for number in range(2):
        executor.submit((make_trial(number=number),))
    first, second = executor._workers
    (doing,) = play(second, hello("b", torch="1.0"))
    assert isinstance(doing, Doing)
    assert doing.text.startswith("node host-b is not used, because it has torch 1.0 (here ")
    assert not second.is_idle
    assert executor.slots == 1
    play(first, hello("a"))
    play(first, [Result(trial=make_trial(number=0), state="ok"), Done()])
    assert [call[0] for call in first.actor.called] == ["hello", "train", "train"]


def test_a_worker_of_a_node_that_has_gone_gets_no_stack(played, monkeypatch):
    """It was idle when its node went; that costs no try."""
    executor, play = played
    executor.submit((make_trial(number=0),))
    worker = executor._workers[0]
    play(worker, hello("b"))
    play(worker, [Result(trial=make_trial(number=0), state="ok"), Done()])
    monkeypatch.setattr(Cluster, "nodes", lambda *_, **__: tuple(HOSTS[:1]))
    executor.submit((make_trial(number=1),))
    assert worker not in executor._workers
    assert [each.is_starting for each in executor._workers] == [True]
    assert executor._attempts == {}


def test_a_cluster_that_starts_no_worker_ends_the_search(played):
    """With the reason that Ray gives."""
    executor, play = played
    executor.submit((make_trial(number=0),))
    for _ in range(2):
        assert play(executor._workers[0], died()) == []
        executor._hand_out()
    with pytest.raises(TooManyFaults, match="no worker can be started on the cluster"):
        play(executor._workers[0], died())


def test_other_data_on_a_node_end_the_search(played):
    """The node is named."""
    executor, play = played
    executor.submit((make_trial(number=0),))
    play(executor._workers[0], hello("a"))
    with pytest.raises(DataError, match=r"the data have changed \(on node host-a\)"):
        play(executor._workers[0], [DataError("the data have changed")])


def test_a_worker_hands_over_its_events_in_order():
    """A stack ends with Done, and with the next answer the next stack begins."""
    spec = make_spec({"train": {"epochs": 2}})
    worker = Worker(lambda index: make_trainer(spec, WorkerFacts(index=index)), Sent())
    for number in range(2):
        trial = Trial(number=number, proposal=number, lr=0.1, horizon=2, until=2)
        messages = worker.train((trial,), 1.0)
        while not isinstance(messages[-1], Done):
            messages += worker.messages()
        kinds = [type(message).__name__ for message in messages]
        assert kinds == [*["Started", "Ready"][: 2 - number], "Point", "Point", "Result", "Done"]


def test_files_of_a_plugin_reach_a_node_without_them(tmp_path):
    """With the files that it imports from its folder; a node that sees the same files reads them where they are."""
    mine = tmp_path / "mine"
    (mine / "parts").mkdir(parents=True)
    files = {str(mine / "net.py"): b"import parts.layer", str(mine / "parts" / "layer.py"): b"x = 1"}
    for path, contents in files.items():
        (mine / path).write_bytes(contents)
    plugin = Plugin(place=str(mine / "net.py"), files=dict.fromkeys(files, "digest"))
    sent = pack(Given(plugins=(plugin,)), "")
    assert sent.n_bytes == 23
    sent.unpack()
    assert here(plugin.place) == plugin.place
    (mine / "net.py").unlink()
    sent.unpack()
    moved = here(plugin.place)
    assert moved != plugin.place
    assert moved.endswith("/net.py")
    assert (tmp_path / moved).with_name("parts").joinpath("layer.py").read_bytes() == b"x = 1"


def test_without_ray_the_message_names_the_extra(monkeypatch):
    """Before anything else is tried."""
    monkeypatch.setattr(connection, "find_spec", lambda _: None)
    with pytest.raises(
        UsageError, match=r"run.executor: Ray is not installed; install it: pip install 'lrsearch\[ray\]'"
    ):
        connect(None)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "ray://127.0.0.1:1"])
def test_an_address_that_does_not_answer(address):
    """Is named with its port, the limit of time, and what to do."""
    with pytest.raises(
        UsageError, match=r"run.address: .*nothing answers at .* port 1 \(tried for at most 10 s: "
    ) as caught:
        only_on_loopback(address)
    assert "`ray status` on the head node" in str(caught.value)


@pytest.mark.parametrize("address", ["host:many", ":6379", "host:70000"])
def test_an_address_of_another_form(address):
    """Is refused before anything is tried."""
    with pytest.raises(UsageError, match=r"expected auto, host:port or ray://host:port"):
        only_on_loopback(address)


def test_a_port_that_is_open_on_the_loopback_interface_only():
    """Ray must then use 127.0.0.1 itself, and not the machine's address in its network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert only_on_loopback(f"127.0.0.1:{server.getsockname()[1]}") == (connection._own_host() != "127.0.0.1")


def test_versions_that_differ_are_named():
    """Each with both values; a package that is missing too."""
    here_now = versions()
    assert differences(here_now, here_now) == []
    assert differences({**here_now, "torch": "1.0", "lrsearch": ""}, here_now) == [
        f"torch 1.0 (here {here_now['torch']})",
        f"no lrsearch (here {here_now['lrsearch']})",
    ]
