"""The table of faults, row by row: what happens, and what must still hold. `@pytest.mark.fault(N)` names the row.

Rows whose test stands with the room that it is about carry the same mark there; the last test here counts them all.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forked import ForkedProcess

from .conftest import Program, wait_until

SLOW = {"LRSEARCH_ANALYTIC_SECONDS": "0.02"}
TORCH = ["--set", "data.dataset={name: synthetic, shape: [3, 12, 12], size: 400, classes: 4}", "--epochs", "5"]
TORCH += ["--set", "data.batch_size=20", "--set", "search.lr=[0.01, 0.03, 0.1, 0.3]"]
TORCH += ["--set", "run.checkpoint_seconds=0"]
ENGINES = {
    "single": [*TORCH, "--set", "model={name: convnet, depth: 2, width: 0.5}", "--set", "run.executor=inline"],
    "processes": [*TORCH, "--set", "model={name: convnet, depth: 2, width: 0.5}", "--set", "run.executor=processes"],
    "population": [*TORCH, "--set", "model={name: mlp, hidden: [1000]}", "--set", "run.engine=population"],
}
PROC = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


def session_members(session: int) -> list[int]:
    """Processes of a session that live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, of = stat.read_text().rpartition(")")[2].split()[:4]
            found += [int(stat.parent.name)] if int(of) == session and state != "Z" else []
    return found


def workers_of(process: ForkedProcess) -> list[int]:
    """The worker processes of a search: children of its fork server, a process that the search has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, parent, _, of = stat.read_text().rpartition(")")[2].split()[:4]
            grandparent = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1]
            if int(of) == process.pid and int(grandparent) == process.pid:
                found.append(int(stat.parent.name))
    return found


def checkpoints(program: Program, run: str) -> list[Path]:
    """Whole generations of a run's checkpoints."""
    return list(program.path(run, "checkpoints").glob("*.json"))


@pytest.fixture(scope="module")
def torch_program(tmp_path_factory, forks):
    """Real training, with a run of each engine that nothing happened to: `whole-ENGINE`."""
    program = Program(tmp_path_factory.mktemp("torch"), forks, torch=True)
    for engine, args in ENGINES.items():
        program.run("grid", *args, "--name", f"whole-{engine}", "-q")
    yield program
    program.end()


@PROC
@pytest.mark.fault(1)
@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_main_process_killed_in_mid_epoch(torch_program, engine):
    """The lock is free, workers are gone within 5 s, and the resume goes on from the checkpoint, to the same bits."""
    program, run, whole = torch_program, f"killed-{engine}", f"whole-{engine}"
    process = program.start("grid", *ENGINES[engine], "--name", run, "-q")
    wait_until(lambda: checkpoints(program, run) or process.poll() is not None)
    assert process.poll() is None, "it ended before it could be killed: make the trainings longer"
    process.kill()
    process.wait()
    killed = time.monotonic()
    wait_until(lambda: not session_members(process.pid))
    assert time.monotonic() - killed < 5
    assert program.n_logged(run) < len(program.rows(whole))
    program.run("resume", run, "-q")
    program.assert_same_end(whole, run)


@pytest.mark.fault(2)
@pytest.mark.slow
def test_killed_at_every_file_operation_of_a_search(program):
    """For every N until a run completes: what was logged stays logged, and a resume comes to the same end."""
    search = ["grid", "--points", "3", "-q"]
    program.run(*search, "--name", "whole")
    for number in range(1, 1000):
        run = f"cut-{number}"
        process = program.start(*search, "--name", run, LRSEARCH_FAILPOINT=f"any:{number}:kill")
        process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        logged = program.n_logged(run)
        if program.path(run).exists():
            program.run("resume", run, "-q")
        else:
            program.run(*search, "--name", run)
        assert program.n_logged(run) >= logged
        program.assert_same_end("whole", run)
    assert number > 30
    left = [path.name for path in (program.folder / "runs").iterdir() if not path.name.startswith(("cut-", "whole"))]
    assert set(left) <= {".lock"}


KILLED = {
    **{name: [name] for name in ("auto", "grid", "random", "bayes", "halving")},
    "pruned": ["bayes", "--prune", "median"],
}


@pytest.mark.fault(3)
@pytest.mark.slow
def test_killed_at_random_times(program):
    """20 rounds (LRSEARCH_KILL_ROUNDS for more): progress never falls, and each search comes to the same end."""
    rounds = int(os.environ.get("LRSEARCH_KILL_ROUNDS", "20"))
    chance = random.Random(0)
    wholes: dict[str, str] = {}
    run, strategy, n_runs = "", "", 0
    for _ in range(rounds):
        if not run:
            strategy, n_runs = list(KILLED)[n_runs % len(KILLED)], n_runs + 1
            run = f"{strategy}-cut-{n_runs}"
            if strategy not in wholes:
                wholes[strategy] = f"{strategy}-whole"
                program.run(*KILLED[strategy], "--name", wholes[strategy], "-q")
        before = program.n_logged(run)
        made = program.path(run).exists()
        args = ["resume", run, "-q"] if made else [*KILLED[strategy], "--name", run, "-q"]
        process = program.start(*args, LRSEARCH_ANALYTIC_SECONDS="0.003")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=chance.uniform(0.2, 2.0))
        if process.poll() is None:
            process.kill()
            process.communicate()
            assert program.n_logged(run) >= before
        else:
            assert process.returncode == 0
            program.assert_same_end(wholes[strategy], run)
            run = ""
    if run:
        made = program.path(run).exists()
        program.run(*(["resume", run, "-q"] if made else [*KILLED[strategy], "--name", run, "-q"]))
        program.assert_same_end(wholes[strategy], run)


@PROC
@pytest.mark.fault(4)
@pytest.mark.slow
def test_a_worker_is_killed(torch_program):
    """As the kernel does when memory is short: one try lost, no other number changed, the search goes on."""
    program = torch_program
    process = program.start("grid", *ENGINES["processes"], "--name", "hit")
    wait_until(lambda: checkpoints(program, "hit") or process.poll() is not None)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert "was killed by SIGKILL; trying again" in err
    program.assert_same_end("whole-processes", "hit")


@PROC
@pytest.mark.fault(4)
def test_a_worker_and_its_fork_server_are_killed(program):
    """At once, as by a user who ends all that he sees: both are started anew, and no other number changes."""
    args = ["grid", "--set", "run.executor=processes", "--set", "run.jobs=1", "--points", "5", "-q"]
    program.run(*args, "--name", "whole")
    process = program.start(*args, "--name", "hit", LRSEARCH_ANALYTIC_SECONDS="0.03")
    program.wait_for("hit", 1)
    (worker,) = workers_of(process)
    server = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])
    for victim in (server, worker):
        os.kill(victim, signal.SIGKILL)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    program.assert_same_end("whole", "hit")


@PROC
@pytest.mark.fault(4)
def test_a_worker_is_killed_again_and_again(program):
    """After its second death a trial is `killed`; after three in a row the search ends with exit 1, to be resumed."""
    args = ["--points", "6", "--set", "run.executor=processes", "--set", "run.jobs=1"]
    process = program.start("grid", *args, "--name", "hit", LRSEARCH_ANALYTIC_SECONDS="5")
    killed: set[int] = set()

    def kill_workers() -> bool:
        if program.path("hit", "trials.jsonl").exists():
            for worker in set(workers_of(process)) - killed:
                time.sleep(0.2)  # until it has its batch
                killed.add(worker)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
        return process.poll() is not None

    wait_until(kill_workers)
    out, err = process.communicate()
    assert process.returncode == 1, err
    assert "killed" in out
    assert "3 trials in a row ended in a fault" in err
    assert err.splitlines()[-1] == "lrsearch resume hit"
    assert [row["state"] for row in program.rows("hit")] == ["killed"] * 3
    program.run("resume", "hit", "-q")
    program.run("grid", *args, "--name", "whole", "-q")
    program.assert_same_end("whole", "hit")


@pytest.mark.fault(5)
@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_signal_in_real_training(torch_program, engine):
    """Once: it stops at the next step, keeps what is done and the checkpoint, and says how to resume."""
    program, run = torch_program, f"stopped-{engine}"
    process = program.start("grid", *ENGINES[engine], "--name", run, "-q")
    wait_until(lambda: checkpoints(program, run) or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=15)
    assert process.returncode == 143
    assert err.splitlines()[-1] == f"lrsearch resume {run}"
    assert checkpoints(program, run)
    program.run("resume", run, "-q")
    program.assert_same_end(f"whole-{engine}", run)


@pytest.mark.fault(5)
def test_two_signals_leave_at_once(program):
    """And the run can still be resumed."""
    process = program.start("grid", "--name", "cut", "-q", LRSEARCH_ANALYTIC_SECONDS="0.05")
    program.wait_for("cut", 1)
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "lrsearch resume cut"
    program.run("resume", "cut", "-q")
    program.run("grid", "--name", "whole", "-q")
    program.assert_same_end("whole", "cut")


FAULTY = """
import sys
import torch
from lrsearch.training.single import SingleTraining

real = SingleTraining.train_step

def without_memory(self, batches):
    if {where}:
        raise torch.OutOfMemoryError("no room for 12 GiB")
    return real(self, batches)

SingleTraining.train_step = without_memory
from lrsearch.cli import main
sys.argv[0] = "lrsearch"
main()
"""


def run_without_memory(program: Program, where: str, *args: str) -> subprocess.CompletedProcess:
    """A search whose steps find no memory where a condition holds."""
    return subprocess.run(
        [sys.executable, "-c", FAULTY.format(where=where), *args],
        cwd=program.folder,
        env=program.environment({}),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.fault(6)
def test_out_of_memory(program):
    """The state is `oom` with the batch size, which is not changed; three in a row end the search with exit 1."""
    program.torch = True
    args = ["grid", "--epochs", "1", "--set", "run.engine=single", "--set", "run.executor=inline", "--low", "1e-3"]
    args += ["--high", "1", "--points", "5", "-q"]
    once = run_without_memory(program, "self.trial.number == 1", *args, "--name", "once")
    assert once.returncode == 0, once.stderr
    row = program.rows("once")[1]
    assert row["state"] == "oom"
    assert "batch_size 64" in row["message"]
    program.run("resume", "once", "-q")
    program.run(*args, "--name", "whole")
    program.assert_same_end("whole", "once")
    thrice = run_without_memory(program, "self.trial.number > 0", *args, "--name", "thrice")
    assert thrice.returncode == 1, thrice.stderr
    assert "3 trials in a row" in thrice.stderr
    assert thrice.stderr.splitlines()[-1] == "lrsearch resume thrice"
    assert [row["state"] for row in program.rows("thrice")] == ["ok", "oom", "oom", "oom"]


@pytest.mark.fault(7)
@pytest.mark.slow
def test_rates_that_break(program):
    """A loss that is not finite is `diverged`, chance level is not learned; neither is best; if all break, exit 1."""
    program.torch = True
    out, _ = program.run("grid", "--set", "search.lr=[0.1, 30.0, 1e30]", "--epochs", "3", "-q")
    assert out.index("1.00e-01") < out.index("3.00e+01")
    states = {row["lr"]: (row["state"], row["learned"]) for row in program.rows("digits-grid-001")}
    assert states["0.1"] == ("ok", "true")
    assert states["30.0"][0] == "diverged" or states["30.0"][1] == "false"
    assert states["1e+30"][0] == "diverged"
    assert re.search(r"at step \d+", program.rows("digits-grid-001")[2]["message"])
    out, _ = program.run("grid", "--set", "search.lr=[100.0, 1000.0]", "--epochs", "2", "-q", code=1)
    assert "search lower" in out


@pytest.mark.fault(8)
@pytest.mark.parametrize("action", ["enospc", "eio"])
def test_a_disk_that_refuses_the_log(program, action):
    """The earlier lines stand; exit 4 with the space that is needed; a resume completes it."""
    program.run("grid", "--name", "whole", "-q")
    program.run("grid", "--name", "probe", "-q", code=4, LRSEARCH_FAILPOINT=f"append:20:{action}")
    _, err = program.run("grid", "--name", "cut", "-q", code=4, LRSEARCH_FAILPOINT=f"append:21:{action}")
    assert ("bytes are needed" in err) == (action == "enospc")
    assert err.splitlines()[-1] == "lrsearch resume cut"
    assert 0 < program.n_logged("cut") < len(program.rows("whole"))
    program.run("resume", "cut", "-q")
    program.assert_same_end("whole", "cut")


@pytest.mark.fault(8)
def test_a_disk_that_is_full_once_the_folder_is_made(program):
    """Whichever operation fails first: if there is a run, the last line is the command that resumes it."""
    n_runs = 0
    for number in range(8, 24, 3):
        run = f"cut-{number}"
        process = program.start("grid", "--points", "3", "--name", run, "-q", LRSEARCH_FAILPOINT=f"any:{number}:enospc")
        _, err = process.communicate()
        made = program.path(run, "run.json").exists()
        n_runs += made
        if process.returncode and made:
            assert process.returncode == 4
            assert err.splitlines()[-1] == f"lrsearch resume {run}"
    assert n_runs > 3


@pytest.mark.fault(8)
def test_a_disk_that_fills_while_results_are_written(program):
    """No result is lost with them: what cannot be written is derived from the log."""
    program.run("grid", "--name", "whole", "-q")
    for number in range(4, 9):
        run = f"cut-{number}"
        process = program.start("grid", "--name", run, "-q", LRSEARCH_FAILPOINT=f"replace:{number}:enospc")
        _, err = process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == 4
        assert "no space left" in err
        assert program.n_logged(run) == len(program.rows("whole"))
        program.run("resume", run, "-q")
        program.assert_same_end("whole", run)
    assert number > 5


@pytest.mark.fault(9)
def test_a_second_process_on_the_same_run(program):
    """Exit 3 within a second of its start-up, naming process, host and start; nothing changes."""
    first = program.start("grid", "--name", "x", "-q", **SLOW)
    program.wait_for("x", 1)
    _, err = program.run("resume", "x", code=3)
    assert f"in use by process {first.pid} on " in err
    assert re.search(r"since \d{4}-\d\d-\d\dT", err)
    first.communicate()
    assert first.returncode == 0
    program.run("grid", "--name", "whole", "-q")
    program.assert_same_end("whole", "x")


@pytest.mark.fault(10)
def test_a_torn_log_a_flipped_byte_a_cut_manifest(program):
    """A torn end is dropped and said; damage in the middle is exit 4, names the line, and changes nothing."""
    program.run("grid", "--points", "5", "--name", "whole", "-q")
    log, manifest = (program.path("whole", name) for name in ("trials.jsonl", "run.json"))
    content, description = log.read_bytes(), manifest.read_bytes()
    shutil.copytree(program.path("whole"), program.path("torn"))
    program.path("torn", "trials.jsonl").write_bytes(content[:-30])
    out, _ = program.run("show", "torn")
    assert "the last line is incomplete" in out
    program.run("resume", "torn", "-q")
    program.assert_same_end("whole", "torn")
    lines = content.splitlines(keepends=True)
    damaged = b"".join([*lines[:3], lines[3].replace(b"lr", b"lx", 1), *lines[4:]])
    log.write_bytes(damaged)
    for command in ("show", "resume"):
        _, err = program.run(command, "whole", code=4)
        assert "trials.jsonl:4: line 4 is damaged" in err
    assert log.read_bytes() == damaged
    log.write_bytes(content)
    manifest.write_bytes(description[:-40])
    for command in ("show", "resume"):
        _, err = program.run(command, "whole", code=4)
        assert "run.json" in err
    assert manifest.read_bytes() == description[:-40]


@pytest.mark.fault(11)
def test_the_run_folder_is_deleted_in_mid_run(program):
    """Exit 4 and a clear line."""
    process = program.start("grid", "--name", "x", "-q", **SLOW)
    program.wait_for("x", 1)
    shutil.rmtree(program.path("x"))
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "does not exist (deleted or moved?)" in err
    assert "Traceback" not in err


@pytest.mark.fault(12)
def test_versions_that_differ_at_a_resume(program):
    """A warning, recorded, and it goes on."""
    process = program.start("grid", "--name", "x", "-q", **SLOW)
    program.wait_for("x", 2)
    process.terminate()
    process.communicate()
    manifest = json.loads(program.path("x", "run.json").read_text())
    manifest["versions"]["torch"] = "1.0.0"
    program.path("x", "run.json").write_text(json.dumps(manifest))
    out, _ = program.run("resume", "x", "-q")
    assert "torch 1.0.0" in out
    assert "torch 1.0.0" in program.path("x", "run.json").read_text()
    program.run("grid", "--name", "whole", "-q")
    program.assert_same_end("whole", "x")


@pytest.mark.fault(12)
def test_a_device_that_is_gone_at_a_resume(program):
    """What was begun on a GPU goes on without one, with a warning that results may differ."""
    program.torch = True
    args = ["grid", "--set", "search.lr=[0.01, 0.1]", "--epochs", "1", "-q"]
    program.run(*args, "--name", "x")
    manifest = json.loads(program.path("x", "run.json").read_text())
    manifest["spec"]["run"]["device"] = manifest["decisions"]["device"]["value"] = "cuda:7"
    program.path("x", "run.json").write_text(json.dumps(manifest))
    log = program.path("x", "trials.jsonl")
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    out, _ = program.run("resume", "x", "-q")
    assert "cuda:7 is not available" in out
    assert "the run continues on cpu, so results may differ" in out
    assert json.loads(program.path("x", "run.json").read_text())["spec"]["run"]["device"] == "cpu"
    assert [row["state"] for row in program.rows("x")] == ["ok", "ok"]


@pytest.mark.fault(14)
@pytest.mark.parametrize("columns", ["20", "80"])
def test_streams_that_close_and_terminals_that_can_do_little(program, columns):
    """`| head -1`, no stderr, TERM=dumb, 20 columns: no traceback, the right exit code."""
    command = f"{sys.executable} -m lrsearch grid --points 4 --name x"
    environment = program.environment({"TERM": "dumb", "COLUMNS": columns})
    for number, line in enumerate(
        (f"{command} | head -1; exit ${{PIPESTATUS[0]}}", f"{command} 2>&-", f"{command} >&-")
    ):
        words = ["bash", "-c", line.replace("--name x", f"--name x{number}")]
        done = subprocess.run(words, cwd=program.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert len(program.rows(f"x{number}")) == 4


@PROC
@pytest.mark.fault(16)
def test_a_worker_hangs(program):
    """Longer than run.trial_timeout: ended, tried once more, then `killed`; the search goes on."""
    args = ["grid", "--set", "search.lr=[0.01, 0.03, 0.1, 0.3]", "--set", "run.jobs=1"]
    program.run(*args, "--name", "whole", "-q")
    limit = ["--set", "run.trial_timeout=3"]
    process = program.start(*args, *limit, "--name", "x", "-v", LRSEARCH_ANALYTIC_SECONDS="0.03")
    stopped: set[int] = set()

    def stop_a_worker() -> bool:
        """The worker that begins the second trial hangs, and so does the one that tries it again."""
        is_begun = process.said.count("lr 0.03 epoch 1:") > len(stopped)
        for worker in set(workers_of(process)) - stopped if is_begun and len(stopped) < 2 else ():
            stopped.add(worker)
            os.kill(worker, signal.SIGSTOP)
        return process.poll() is not None

    wait_until(stop_a_worker)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert "took longer than run.trial_timeout (3 s); trying again" in err
    states = [row["state"] for row in program.rows("x")]
    assert states.count("killed") == 1
    assert states.count("ok") == 3
    program.run("resume", "x", "-q")
    program.assert_same_end("whole", "x")


@pytest.mark.fault(17)
@pytest.mark.slow
def test_ten_thousand_trials(program):
    """A log of 10,000 trials is shown and resumed with little memory; `tests/benchmarks/scale.py` has the times."""
    program.run("random", "--trials", "10000", "--name", "x", "-q")
    out, _ = program.run("show", "x")
    assert "and 9,950 more rates; results.csv has all rates" in out
    # A small process in between: a peak of memory counts what the one had that was forked.
    measure = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    measure += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    for command in (["show", "x"], ["resume", "x", "-q"]):
        words = [sys.executable, "-c", measure, sys.executable, "-m", "lrsearch", *command]
        environment = program.environment({})
        done = subprocess.run(words, cwd=program.folder, env=environment, capture_output=True, text=True, check=True)
        assert int(done.stdout) < 500 * 1024  # KiB on Linux


@pytest.mark.fault(18)
@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
def test_killed_after_each_trial(program, strategy):
    """The same learning rates in the same order, and the same table."""
    budget = ["--points", "6"] if strategy == "grid" else ["--trials", "6"]
    program.run(strategy, *budget, "--name", "whole", "-q")
    first = program.path("whole", "trials.jsonl").read_bytes().splitlines()
    process = program.start(strategy, *budget, "--name", "cut", "-q", **SLOW)
    for n_results in range(1, 6):
        program.wait_for("cut", n_results)
        process.kill()
        process.wait()
        process = program.start("resume", "cut", "-q", **SLOW)
    process.communicate()
    assert process.returncode == 0
    program.assert_same_end("whole", "cut")
    again = program.path("cut", "trials.jsonl").read_bytes().splitlines()
    rates = [[json.loads(line)["trial"]["lr"] for line in lines[1:]] for lines in (first, again)]
    assert rates[0] == rates[1]


def test_every_row_of_the_table_has_a_test():
    """1 to 18, here or with the room that it is about."""
    texts = [path.read_text() for path in Path(__file__).resolve().parents[1].rglob("test_*.py")]
    marked = {int(number) for text in texts for number in re.findall(r"mark\.fault\((\d+)\)", text)}
    assert marked == set(range(1, 19))
