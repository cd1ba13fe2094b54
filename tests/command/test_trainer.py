"""A program as the training of a trial: its epochs, its score, and how it may end."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lrsearch.command.judgement import wrong_name
from lrsearch.command.pattern import PatternReader
from lrsearch.command.program import Program, call_of, gpus_of
from lrsearch.command.pruning import pruner
from lrsearch.command.trainer import make_command_trainer
from lrsearch.errors import UsageError
from lrsearch.executors import StopSwitch
from lrsearch.records import Point, Result, Trial

TRIAL = Trial(number=7, proposal=0, lr=1e-05, repeat=2, horizon=3, until=3)
EPOCHS = "for epoch in range(3): print(f'epoch {epoch} loss: {1 / (epoch + 1)} val_acc={0.5 + epoch / 10}')"


def program(tmp_path, *parts, **options):
    """A program in the folder of the test."""
    values = {"grace_seconds": 5.0, **options}
    return Program(command=parts, trials=str(tmp_path / "trials"), folder=str(tmp_path), **values)


def python(tmp_path, code, *arguments, **options):
    return program(tmp_path, sys.executable, "-c", code, *arguments, **options)


def train(given, stop=None, metric="val_acc", **options):
    """The points, and the result; None if it was stopped."""
    *points, last = [*make_command_trainer(given, metric, seed=0, **options)((TRIAL,), stop or StopSwitch()), None]
    results = [event for event in points if isinstance(event, Result)]
    return [event for event in points if isinstance(event, Point)], (results or [last])[0]


def test_epochs_and_score_are_read_from_the_output(tmp_path):
    """Epochs that count from 0 become 1, 2, 3; the other metrics of an epoch are kept."""
    points, result = train(python(tmp_path, EPOCHS))
    assert [(point.epoch, point.metrics) for point in points] == [
        (1, {"val_acc": 0.5, "loss": 1.0}),
        (2, {"val_acc": 0.6, "loss": 0.5}),
        (3, {"val_acc": 0.7, "loss": pytest.approx(1 / 3)}),
    ]
    assert (result.state, result.score, result.scored_epoch, result.learned) == ("ok", 0.7, 3, None)
    assert result.points == tuple(points)
    assert (tmp_path / "trials" / "007.log").read_text().count("val_acc") == 3


def test_a_trial_gets_its_values_in_three_ways(tmp_path):
    """Placeholders, the environment, and a rendered template; a seed for each repeat."""
    code = "import os, sys; print(sys.argv[1:], {k: os.environ['LRSEARCH_' + k] for k in ('LR', 'EPOCHS', 'SIZE')})"
    code += "; print(open(sys.argv[-1]).read(), 'val_acc=1')"
    arguments = ("--lr={lr}", "{lr:.0e}", "{epochs}", "{repeat}", "{size}", "{other}", "{config}")
    given = python(tmp_path, code, *arguments, template="lr: {lr}\n")
    _, result = train(given, settings=lambda _: {"size": 3})
    config = str(tmp_path / "trials" / "007" / "config.yaml")
    assert result.score == 1.0
    arguments = ["--lr=1.0e-05", "1e-05", "3", "2", "3", "{other}", config]
    log = (tmp_path / "trials" / "007.log").read_text()
    assert log.startswith(f"{arguments} {{'LR': '1.0e-05', 'EPOCHS': '3', 'SIZE': '3'}}\nlr: 1.0e-05\n")
    seeds = {
        call_of(given, Trial(number=i, proposal=i, lr=0.1, repeat=i % 2, horizon=1, until=1), 0).environment[
            "LRSEARCH_SEED"
        ]
        for i in range(4)
    }
    assert len(seeds) == 2


@pytest.mark.parametrize(
    ("code", "state", "message"),
    [
        ("print('val_acc=0.5'); raise SystemExit(3)", "failed", "exit code 3: val_acc=0.5"),
        ("print('hello')", "failed", "no metric was printed; .*the output ended with: hello"),
        ("print('acc=0.5')", "failed", "no metric 'val_acc' was printed; there were acc"),
        ("", "failed", "the output ended with: nothing"),
        ("print('précision de val_acc=0.5'); print('nan is a word')", "ok", ""),
        ("input()", "failed", "exit code 1: .*EOFError"),
        ("for i in range(1000): print('step', i, 'val_acc=0.5' if i == 700 else '')", "ok", ""),
        ("print('x' * 5_000_000); print('val_acc=0.5'); print('y\\n' * 100_000)", "ok", ""),
        ("sys.stdout.buffer.write(bytes(range(256)) * 4000 + b'\\nval_acc=0.5\\n')", "ok", ""),
        ("sys.stdout.buffer.write(bytes(range(256)) * 4000)", "failed", "no metric was printed"),
        ("os.chdir('/'); print('val_acc=0.5')", "ok", ""),
        ("shutil.rmtree(os.environ['LRSEARCH_DIR']); print('val_acc=0.5')", "ok", ""),
        ("open(os.environ['LRSEARCH_METRICS'], 'wb').write(bytes(range(256))); print('val_acc=0.5')", "ok", ""),
        ("os.close(1); os.close(2); raise SystemExit(0)", "failed", "the output ended with: nothing"),
        ("os.kill(os.getpid(), 11)", "failed", r"exit code 139 \(SIGSEGV\): nothing"),
        ("print('val_acc=0.5 epoch=1'); print('val_acc=nan epoch=2')", "diverged", "val_acc is nan"),
        ("print('val_acc=nan'); raise SystemExit(1)", "diverged", "val_acc is nan"),
        ("print('val_acc=0.5'); raise OverflowError('too large')", "diverged", "exit code 1: .*Error: too large"),
        ("raise ValueError('loss is NaN')", "diverged", "exit code 1"),
        ("print('nan is a name'); raise ValueError('bad')", "failed", "ValueError: bad"),
        ("print('val_acc=0.5 my_val_acc=0.6'); print('top_val_acc: 1')", "ok", ""),
        ("print('a_val_acc=0.5 b_val_acc=0.6')", "failed", "several metrics fit 'val_acc': a_val_acc, b_val_acc"),
    ],
)  # fmt: skip
def test_how_a_program_may_end(tmp_path, code, state, message):
    """A rate is blamed only if a number broke; else the program is."""
    _, result = train(python(tmp_path, f"import os, shutil, sys\n{code}"))
    assert result.state == state
    assert (result.score is not None) == (state == "ok")
    assert re.search(message, result.message)


def test_a_program_that_is_stopped_has_no_result(tmp_path):
    """It may be tried again, and begins with an empty folder, unless it asked to keep what it wrote."""
    code = (
        "import os, sys, time; from pathlib import Path; mark = Path(sys.argv[1], 'mark')\n"
        "print(f'val_acc={0.1 + mark.exists()}', flush=True); mark.touch(); time.sleep(float(sys.argv[2]))"
    )
    for keep, score in ((False, 0.1), (True, 1.1)):
        sleeps = make_command_trainer(python(tmp_path, code, "{dir}", "600"), "val_acc", 0)
        assert list(sleeps((TRIAL,), _StopsOnceThere(tmp_path))) == []
        _, result = train(python(tmp_path, code, "{dir}", "0", keep_dir=keep))
        assert result.score == pytest.approx(score)


class _StopsOnceThere(StopSwitch):
    """Stops when the program has written its mark."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.mark = folder / "trials" / "007" / "mark"

    def should_stop(self) -> bool:
        return self.mark.exists()


def test_a_file_of_metrics_counts_before_the_output(tmp_path):
    """JSON Lines that the program appends; and files that it names."""
    appends = """
import json, os
for epoch in range(2):
    with open(os.environ['LRSEARCH_METRICS'], 'a') as file:
        print(json.dumps({'epoch': epoch, 'val_acc': 0.9 + epoch / 100}), file=file)
    print(f'epoch {epoch} val_acc=0.1', flush=True)
"""
    points, result = train(python(tmp_path, appends))
    assert [point.metrics["val_acc"] for point in points] == [0.9, 0.91]
    assert result.score == 0.91
    table = "open(sys.argv[1] + '/metrics.csv', 'w').write('epoch,val_acc\\n0,0.2\\n1,0.3\\n')"
    files = {"metric_files": "{dir}/**/metrics.*"}
    points, result = train(python(tmp_path, f"import sys; {table}; print('val_acc=0.9')", "{dir}", **files))
    assert [(point.epoch, point.metrics["val_acc"]) for point in points] == [(1, 0.2), (2, 0.3)]
    _, result = train(
        python(tmp_path, "import sys; open(sys.argv[1] + '/metrics.json', 'w').write('{')", "{dir}", **files)
    )
    assert result.state == "failed"
    assert "cannot read metrics from this file" in result.message


def test_a_pattern_reads_what_no_rule_finds(tmp_path):
    """The value in its group; the epoch in a group of that name."""
    code = "print('E1 >> 12.5 <<'); print('E2 >> 25 <<')"
    points, result = train(python(tmp_path, code, metric_regex=r"E(?P<epoch>\d+) >> (?P<value>[\d.]+)"))
    assert ([point.epoch for point in points], result.score) == ([1, 2], 25.0)
    for pattern, words in (("(", "--metric-regex: "), ("acc", "put the value into a group")):
        with pytest.raises(UsageError, match=words):
            PatternReader(pattern, "acc")


def test_a_wrong_name_is_told_from_a_training_that_broke(tmp_path):
    """With what was printed, or with the files or the expression in which nothing was found."""
    for code, fields, why in (
        ("print('acc=0.5')", {}, "no metric 'val_acc' was printed; there were acc"),
        ("print('a_val_acc=1 b_val_acc=1')", {}, "several metrics fit 'val_acc': a_val_acc, b_val_acc; give one"),
        ("", {"metric_files": "{dir}/*.csv"}, "no metric was found in files that match --metric-file {dir}/*.csv"),
        ("", {"metric_regex": "v=(.)"}, "no metric was found by --metric-regex v=(.)"),
        ("print('acc=0.5'); raise SystemExit(1)", {}, None),
        ("print('loss=nan')", {}, None),
        ("print('val_acc=0.5')", {}, None),
    ):
        _, result = train(python(tmp_path, code, **fields))
        found = wrong_name(result)
        assert (found is None) == (why is None)
        assert why is None or found.startswith(why)


def test_a_pattern_that_never_ends_is_stopped():
    """With the pattern and the line; the lines before are no help, because no later search could read this line."""
    reader = PatternReader("(a+)+$", "acc", most_seconds=0.05)
    with pytest.raises(UsageError) as caught:
        reader.feed(f"aaa\n{'a' * 50}!\n")
    assert str(caught.value) == (
        f"--metric-regex: (a+)+$ takes too long for the line '{'a' * 40}...' (more than 0.05 seconds); start a new "
        "search with an expression that has no repetition within a repetition, such as (a+)+"
    )
    assert PatternReader("a (.*)", "acc", most_seconds=0.05).feed("a 1\n")[0].value == 1.0


def test_the_last_lines_are_shown_without_colours_and_not_at_any_length(tmp_path):
    """A bar in colours, and bytes that are no text."""
    code = "import sys; print('\\x1b[31mError\\x1b[0m: bad\\r' + 'x' * 9000); sys.exit(2)"
    _, result = train(python(tmp_path, code))
    assert result.message == f"exit code 2: Error: bad | {200 * 'x'}..."


def test_a_program_that_becomes_a_daemon_is_ended_with_its_trial(tmp_path):
    """Forked twice, in a session of its own: what it prints after its parent has ended is not waited for."""
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("started", "w").write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
while not os.path.exists("started") or not open("started").read():
    time.sleep(0.01)
print("val_acc=0.5")
"""
    _, result = train(python(tmp_path, code))
    assert (result.state, result.score) == ("ok", 0.5)
    assert not Path("/proc", (tmp_path / "started").read_text()).exists()


def test_a_thousand_lines_make_a_thousand_points_in_time(tmp_path):
    """The epochs are shown while the program runs."""
    code = "for epoch in range(1, 1001): print(json.dumps({'epoch': epoch, 'val_acc': epoch / 1000}))"
    points, result = train(python(tmp_path, "import json\n" + code))
    assert ([point.epoch for point in points], result.score) == (list(range(1, 1001)), 1.0)
    assert json.dumps(result.points[0].metrics) == '{"val_acc": 0.001}'


def test_workers_share_the_visible_gpus():
    """UUIDs stay what they are; a program that chooses by itself is left alone."""
    assert gpus_of(0, None, "0,1", 0) is None
    assert [gpus_of(worker, 1, "4,MIG-x", 8) for worker in range(3)] == [("4",), ("MIG-x",), ("4",)]
    assert gpus_of(1, 2, None, 4) == ("2", "3")
    assert gpus_of(0, 4, None, 2) == ("0", "1")
    assert gpus_of(0, 1, "", 2) is None


def test_a_program_below_its_bound_gets_sigterm(tmp_path):
    """Once an epoch is over whose metric is too poor; what it has reported is kept, and the program may clean up."""
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    open('ended', 'w').write('SIGTERM')\n"
        "    sys.exit(1)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "for epoch in (1, 2, 3): print(f'epoch {epoch} loss: {epoch / 10}', flush=True)\n"
        "time.sleep(600)\n"
    )
    trial = replace(TRIAL, stop_below={1: 0.3, 2: 0.15})
    trainer = make_command_trainer(python(tmp_path, code), "loss", seed=0, prune=pruner("loss", lower_is_better=True))
    *points, result = trainer((trial,), StopSwitch())
    assert [point.epoch for point in points] == [1, 2]
    assert (result.state, result.score, result.scored_epoch) == ("pruned", 0.2, 2)
    assert result.message == "after epoch 2, 0.2 is above 0.15"
    assert result.points == tuple(points)
    assert (tmp_path / "ended").read_text() == "SIGTERM"


@pytest.mark.parametrize(("lower_is_better", "value", "is_pruned"), [(False, 0.4, True), (True, 0.4, False)])
def test_bounds_have_the_direction_of_the_metric(lower_is_better, value, is_pruned):
    """A score that equals its bound goes on, and an epoch without a bound."""
    prune = pruner("m", lower_is_better=lower_is_better)
    trial = replace(TRIAL, stop_below={2: 0.5})
    point = Point(trial=7, epoch=2, lr=0.1, seconds=0.0, metrics={"m": value})
    assert bool(prune(trial, point)) == is_pruned
    assert not prune(trial, replace(point, metrics={"m": 0.5}))
    assert not prune(trial, replace(point, epoch=1))
