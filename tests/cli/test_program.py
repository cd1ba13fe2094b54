"""`lrsearch grid ... -- PROGRAM`: a program of the user's own trains the trials."""

import contextlib
import csv
import json
import os
import signal
import time
from pathlib import Path

import pytest

from lrsearch.store import read_manifest

HILL = 'BEGIN { x = log({lr}) / log(10) + 1; print "epoch 1 loss=1 val_acc=" exp(-x * x / 2) }'
RANGE = ("--low", "0.001", "--high", "10", "--points", "5", "--metric", "val_acc")


def rows(path):
    """The rates and scores of a run, by rate."""
    with path.joinpath("results.csv").open() as file:
        return {float(row["lr"]): row["score"] for row in csv.DictReader(file)}


def test_a_program_is_searched_and_nothing_speaks_of_a_network(lrsearch, tmp_path):
    """Ranked by what it prints; the files and the answer name neither data nor model nor optimizer."""
    done = lrsearch("grid", *RANGE, "--name", "a", "--", "awk", HILL)
    scores = {lr: float(score) for lr, score in rows(tmp_path / "runs/a").items()}
    assert scores == {0.001: 0.135335, 0.01: 0.606531, 0.1: 1.0, 1.0: 0.606531, 10.0: 0.135335}
    assert "recommended lr 0.1" in done.stdout
    assert "val_acc: 1 value, last 0.135335, best 0.135335; the last one is the score; with --unit share" in done.stderr
    texts = [done.stdout, done.stderr, (tmp_path / "runs/a/spec.yaml").read_text()]
    texts += [(tmp_path / f"runs/a/{name}").read_text() for name in ("results.md", "results.json")]
    for text in texts:
        for word in ("digits", "mlp", "sgd", "image", "optimizer", "batch_size"):
            assert word not in text.lower()
    assert (tmp_path / "runs/a/trials/002.log").read_text() == "epoch 1 loss=1 val_acc=1\n"
    owner = json.loads((tmp_path / "runs/a/trials/002.json").read_text())
    assert owner == {"lr": 0.1, "arm": "", "repeat": 0, "epochs": [20, 20]}


def test_check_and_dry_run_print_each_command_and_run_nothing(lrsearch, tmp_path):
    """Values of secrets are not printed."""
    command = ("touch", "{lr:.0e}", "{seed}", "--api-key=abc", "{other}")
    printed = lrsearch("check", *RANGE, "--", *command).stdout
    assert printed.splitlines()[-5:] == [
        f"touch {lr} 1802149738 '--api-key=***' {{other}}" for lr in ("1e-03", "1e-02", "1e-01", "1e+00", "1e+01")
    ]
    assert lrsearch("grid", *RANGE, "--dry-run", "--", *command).stdout == printed
    assert (
        "command: touch {lr:.0e}"
        in lrsearch("bayes", "--low=1", "--high=2", "--metric=x", "--dry-run", "--", *command).stdout
    )
    assert list(tmp_path.iterdir()) == []


def test_arms_are_placeholders(lrsearch, tmp_path):
    """`--over opt=a,b` with {opt}; the value of one that all share is set like a key."""
    hill = 'BEGIN { x = log({lr}) / log(10) + 1; print "v=" exp(-x * x / 2) * {scale} * ("{opt}" == "b" ? 2 : 1) }'
    done = lrsearch("grid", *RANGE[:-1], "v", "--set", "scale=3", "--over", "opt=a,b", "--name", "a", "--", "awk", hill)
    assert "recommended arm b, lr 0.1: expected v 6.0000" in done.stdout
    assert "scale=3 · opt=b" in done.stdout
    spec = (tmp_path / "runs/a/spec.yaml").read_text()
    assert "placeholders:\n  scale: 3\narms:\n  a: {placeholders.opt: a}" in spec
    wrong = lrsearch("grid", *RANGE, "--set", "opt=a", "--", "awk", HILL, code=2).stderr
    assert wrong == "--set: unknown key 'opt'\n"
    wrong = lrsearch("grid", *RANGE, "--set", "placeholders.opt=a", "--", "awk", HILL, code=2).stderr
    assert wrong == "placeholders.opt: the command has no {opt}\n"


def test_a_spec_of_a_program_has_few_keys(lrsearch, tmp_path):
    """Its metric gets a goal by its name; keys of networks are refused at their line; a network has no placeholders."""
    (tmp_path / "a.yaml").write_text(
        "search:\n  lr: [0.1, 1]\n  metric: loss\narms:\n  x: {opt: 1}\n  y: {opt: 2, train.epochs: 5}\n"
    )
    program = ("--", "awk", 'BEGIN { print "loss", "loss=" {lr} * {opt} * {epochs} }')
    done = lrsearch("grid", "a.yaml", *program)
    assert "loss (lower is better)" in done.stderr
    assert "recommended arm y, lr 0.1: expected loss 1.0000" in done.stdout
    (tmp_path / "b.yaml").write_text("data: {batch_size: 3}\nmodel: cnn\nsearch: {lr: auto}\n")
    lines = lrsearch("grid", "b.yaml", *program, code=2).stderr.splitlines()
    assert [line.partition(": cannot be set for a program")[0] for line in lines[:2]] == [
        "b.yaml:1:20: data.batch_size",
        "b.yaml:2:8: model",
    ]
    assert lines[2:] == [
        (
            "b.yaml:3:9: search.metric: name a metric that the program prints, such as val_acc; this metric ranks the "
            "rates"
        ),
        "b.yaml:3:14: search.lr: a range test cannot train a program; give --low and --high",
    ]
    refused = lrsearch("grid", "--set", "placeholders.opt=a", code=2).stderr
    assert refused == "placeholders: only a program behind `--` has placeholders; remove the key\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("grid", "--"), "lrsearch grid: no program stands behind `--`; give one, such as -- python train"),
        (("range", "--", "awk", "{lr}"), "lrsearch range: a range test raises the rate within one training"),
        (("grid", "--metric=x", "--", "awk", HILL), "--low, --high: lrsearch knows no usual range of rates"),
        (("grid", *RANGE[:-2], "--", "awk", HILL), "--metric: name a metric that the program prints"),
        (("grid", *RANGE, "--", "awk", "x"), "the command has no {lr}, so every trial would train with the same rate"),
        (("grid", *RANGE, "--", "no-such", "{lr}"), "no-such: no such program in the PATH"),
        (("grid", *RANGE, "--", "./no-such", "{lr}"), "./no-such: no such program"),
        (("grid", *RANGE, "--", "./windows.sh", "{lr}"), "convert the file: sed -i 's/\\r$//' ./windows.sh"),
        (("grid", *RANGE, "--", "sh train.sh {lr}"), "a word of its own, without quotes around the whole command"),
        (
            ("grid", *RANGE, "--", "./text.py", "{lr}"),
            "./text.py: is not an executable file; did you mean python ./text.py?",
        ),
        (("grid", *RANGE, "--", "text.py", "{lr}"), "text.py: no such program in the PATH; did you mean ./text.py?"),
        (("grid", *RANGE, "--", "awk", "{lr:d}"), "{lr:d}: Unknown format code 'd' for object of type 'float'"),
        (
            ("grid", *RANGE, "--metric-regex", "(", "--", "awk", HILL),
            "--metric-regex: missing ), unterminated subpattern",
        ),
        (("grid", *RANGE, "--n-val", "9", "--", "awk", HILL), "--n-val: needs --unit share or percent"),
        (
            ("grid", *RANGE, "--n-val", "-5", "--unit", "share", "--", "awk", HILL),
            "--n-val: must be at least 1, got -5",
        ),
        (("grid", *RANGE, "--gpus-per-trial", "-1", "--", "awk", HILL), "--gpus-per-trial: must be at least 1, got -1"),
        (("grid", *RANGE, "--chance", "nan", "--", "awk", HILL), "--chance: must be finite, got nan"),
        (("grid", *RANGE, "--unit", "share", "--chance", "2", "--", "awk", HILL), "--chance: must be from 0 to 1"),
        (("grid", *RANGE, "--template", "nope", "--", "awk", HILL), "--template: nope: No such file or directory"),
        (("grid", *RANGE, "--gpus-per-trial", "1", "--", "awk", HILL), "a trial needs 1 GPU, but only 0 GPUs"),
        (
            ("grid", "--optimizer", "adam", *RANGE, "--", "awk", HILL),
            "--optimizer: train.optimizer: cannot be set for a program behind `--`",
        ),
        (
            ("grid", "--range-test", "--metric=x", "--", "awk", HILL),
            "--range-test: search.lr: a range test cannot train a program",
        ),
        (("grid", "--minimize"), "--minimize: needs a program behind `--`"),
        (("check", "--time", *RANGE, "--", "awk", HILL), "--time: the command has no {epochs}"),
        (("show", "x", "--", "awk"), "lrsearch show: unexpected argument 'awk'"),
    ],
)
def test_mistakes_are_a_line_each(lrsearch, tmp_path, arguments, message):
    """And nothing is written."""
    (tmp_path / "text.py").write_text("")
    (tmp_path / "windows.sh").write_bytes(b"#!/bin/sh\r\necho val_acc=1\r\n")
    (tmp_path / "windows.sh").chmod(0o755)
    done = lrsearch(*arguments, code=2, CUDA_VISIBLE_DEVICES="")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_warnings_about_a_program_are_lines(lrsearch):
    """A placeholder that is nearly one, a metric of the test data, repeats without a seed."""
    done = lrsearch("check", *RANGE[:-1], "test_acc", "--repeats=2", "--", "awk", HILL, "{LR}")
    assert done.stderr.splitlines() == [
        "! {LR} is passed on as it is; did you mean {lr}?",
        "! test_acc: the rate that is best on test data looks better than it is; use a validation metric if you can",
        (
            "! the command has no {seed}, so repeats differ only if the program draws a new seed each time, or reads "
            "LRSEARCH_SEED"
        ),
    ]


def test_faults_end_a_search_only_as_long_as_no_trial_has_succeeded(lrsearch, tmp_path):
    """A program that fails at once ends after three trials, one that fails at high rates does not."""
    fails = 'BEGIN { print "val_acc=1"; if ({lr} > 0.01) exit 1 }'
    lrsearch("grid", *RANGE, "--name", "b", "--", "awk", fails)
    assert len(rows(tmp_path / "runs/b")) == 5
    done = lrsearch("grid", *RANGE, "--name", "c", "--", "awk", "BEGIN { print {lr}; exit 1 }", code=1)
    assert "3 trials in a row ended in a fault" in done.stderr
    assert "exit code 1: 0.1" in done.stderr


def test_a_wrong_name_of_the_metric_ends_the_search_after_one_training(lrsearch, tmp_path):
    """With the names that were printed; a resume takes another name until a trial has a score."""
    train = "import sys; lr = float(sys.argv[1]); print('nan' if lr > 5 else f'précision={lr} loss=1')"
    command = ("--", "python3", "-c", train, "{lr}")
    done = lrsearch("grid", *RANGE, "--chance", "0.1", "--name", "a", *command, code=2)
    why = "no metric 'val_acc' was printed; there were précision, loss"
    how = "to go on with another name: lrsearch resume a --metric NAME"
    said = f"the first training ended without the metric, so the search stops: {why}; {how}\nlrsearch resume a\n"
    assert done.stderr.endswith(said)
    assert " failed: " not in done.stderr
    assert done.stdout.count("failed: no metric") == 1
    lrsearch("resume", "a", code=1)  # from now on, three in a row
    assert "3 of 3 trials ended in a fault" in lrsearch("show", "a").stdout
    lrsearch("resume", "a", "--metric", "précision")
    assert rows(tmp_path / "runs/a") == {0.001: "0.001", 0.01: "0.01", 0.1: "0.1", 1.0: "1.0", 10.0: ""}
    manifest = read_manifest(tmp_path / "runs/a/run.json")
    assert {name: each.constant for name, each in manifest.task.metrics.items()} == {"précision": 0.1}
    refused = lrsearch("resume", "a", "--metric", "loss", code=2).stderr
    assert refused.startswith("search.metric: a keeps its metric, précision; `lrsearch show a --metric NAME`")


def test_an_accuracy_in_per_cent_is_a_share_with_intervals(lrsearch, tmp_path):
    """`--unit percent --n-val`: the noise of a share follows from its examples; chance decides what has learned."""
    hill = 'BEGIN { x = log({lr}) / log(10) + 1; print "acc: " 10 + 80 * exp(-x * x / 2) + {repeat} / 5 - 0.1 }'
    unit = ("--unit", "percent", "--n-val", "1000", "--chance", "10", "--repeats", "2")
    done = lrsearch(
        "grid", *RANGE[:-1], "acc", *unit, "--low", "1e-5", "--points", "7", "--name", "a", "--", "awk", hill
    )
    assert "expected acc 0.900" in done.stdout
    with (tmp_path / "runs/a/results.csv").open() as file:
        found = {float(row["lr"]): row for row in csv.DictReader(file)}
    assert 0.87 < float(found[0.1]["score_low"]) < 0.9 < float(found[0.1]["score_high"]) < 0.93
    assert found[0.00001]["state"] == "cannot tell"
    done = lrsearch("grid", *RANGE[:-1], "acc", "--unit", "share", "--", "awk", hill, code=1)
    assert "use --unit percent if the values are per cents" in done.stderr


def test_a_killed_search_is_resumed_to_the_same_table_and_leaves_no_child(lrsearch, environment, forks, tmp_path):
    """SIGKILL in the middle of a trial."""
    slow = 'BEGIN { if ({lr} > 0.05) system("sleep 0.3"); x = {lr}; print "val_acc=" x }'
    lrsearch("grid", *RANGE, "--name", "whole", "--", "awk", slow)
    started = forks.start(["grid", *RANGE, "--name", "cut", "--", "awk", slow], cwd=tmp_path, env=environment)
    with contextlib.closing(started) as process:
        log = tmp_path / "runs/cut/trials.jsonl"
        deadline = time.monotonic() + 60
        while not log.exists() or log.read_bytes().count(b"\n") < 2 or not (tmp_path / "runs/cut/trials/002").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
    lrsearch("resume", "cut")
    assert rows(tmp_path / "runs/cut") == rows(tmp_path / "runs/whole")
    assert not any(b"sleep 0.3" in read(path) for path in Path("/proc").glob("[0-9]*/cmdline"))


def read(path):
    try:
        return path.read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""


def test_a_resume_runs_only_what_the_user_has_given(lrsearch, tmp_path):
    """A foreign command needs --trust, a changed one or a changed file --accept-changes, a secret the whole command."""
    script = tmp_path / "train.awk"
    script.write_text('BEGIN { print "val_acc=0.5" }')
    command = ("awk", "-f", "train.awk", "--", "{lr}")
    lrsearch("grid", *RANGE, "--name", "a", "--", *command)
    more = ("resume", "a", "--points", "9")
    foreign = lrsearch(*more, code=2, XDG_STATE_HOME=str(tmp_path / "state")).stderr
    assert foreign.startswith(
        "a runs a command that you have not started on this machine: awk -f train.awk -- '{lr}' (in "
    )
    script.write_text('BEGIN { print "val_acc=0.6" }')
    assert "a: train.awk has changed since the run began" in lrsearch(*more, code=2).stderr
    other = lrsearch(*more, "--", "awk", "-f", "train.awk", "{lr}", code=2).stderr
    assert "a was made with a different command: awk -f train.awk -- '{lr}'" in other
    done = lrsearch(*more, "--trust", "--accept-changes", XDG_STATE_HOME=str(tmp_path / "state"))
    assert "! train.awk has changed since the run began" in done.stdout
    assert len(rows(tmp_path / "runs/a")) == 9
    kept = read_manifest(tmp_path / "runs/a/run.json").program
    assert len(kept.files) == 1
    lrsearch("resume", "a", "--points", "17")  # what was accepted is recorded
    secret = ("awk", "-f", "train.awk", "--", "{lr}", "MY_TOKEN=sesame")
    lrsearch("grid", *RANGE, "--name", "s", "--", *secret)
    for path in (tmp_path / "runs/s").rglob("*"):
        assert path.is_dir() or b"sesame" not in path.read_bytes()
    assert "give the whole command: lrsearch resume s -- awk" in lrsearch("resume", "s", "--points", "9", code=2).stderr
    lrsearch("resume", "s", "--points", "9", "--", *secret)
    lrsearch("grid", "--name", "n")
    refused = lrsearch("resume", "n", "--repeats", "2", "--", *command, code=2).stderr
    assert refused == "n trains a network of its spec; resume the run without a program behind `--`\n"


def test_a_program_that_ignores_its_seed_has_one_training_of_each_rate(lrsearch, tmp_path):
    """Copies are no evidence: they would make the noise 0."""
    done = lrsearch("grid", *RANGE, "--repeats", "3", "--name", "a", "--", "awk", HILL, "-v", "s={seed}")
    assert "! the program ignores {seed}, and the repeats of each rate printed the same values" in done.stdout
    assert "noise not measured" in done.stdout
    noisy = 'BEGIN { srand({seed}); print "val_acc=" {lr} / 10 + rand() / 9 }'
    done = lrsearch("grid", *RANGE, "--repeats", "2", "--name", "b", "--", "awk", noisy)
    assert "seed noise: standard deviation" in done.stdout
    assert "ignores" not in done.stdout


def test_runs_of_programs_are_compared_and_ranked_by_what_else_they_printed(lrsearch):
    """Their commands differ, and that matters; the goal of another metric follows from its name."""
    lrsearch("grid", *RANGE, "--name", "a", "--", "awk", HILL)
    lrsearch("grid", *RANGE, "--name", "b", "--", "awk", HILL, "more")
    done = lrsearch("compare", "a", "b").stdout
    assert "command: awk" in done
    assert "model" not in done
    shown = lrsearch("show", "a", "--metric", "loss").stdout
    assert "expected loss 1.0000" in shown
    assert "log of a has no 'other'; it has loss, val_acc" in lrsearch("show", "a", "--metric=other", code=2).stderr


def test_a_rate_that_is_not_used_and_a_spec_without_its_program_are_said(lrsearch):
    """Equal scores at all rates, the unit of other values, the spec of a run of a program, a forgotten `--`."""
    done = lrsearch("grid", *RANGE, "--name", "a", "--", "awk", 'BEGIN { print "val_acc=0.6", "{lr}" }')
    assert "! every rate has exactly the same score: does the program use the rate that it is given?" in done.stdout
    done = lrsearch("grid", *RANGE, "--unit", "percent", "--", "awk", HILL)
    assert "these look like shares: should it be --unit share?" in done.stderr
    alone = lrsearch("check", "runs/a/spec.yaml", code=2).stderr
    assert "search.metric: this is the spec of a program; give its command behind `--`" in alone
    forgotten = lrsearch("grid", "a.yaml", "train.py", code=2).stderr
    assert forgotten.endswith("unexpected argument 'train.py'; a program of your own stands behind `--`\n")
    forgotten = lrsearch("grid", "python", "train.py", "--lr", "{lr}", code=2).stderr
    assert forgotten.endswith("--lr: no such option; a program of your own stands behind `--`\n")


def test_scores_of_any_size_have_an_answer_of_their_size(lrsearch):
    """Accuracies in per cent without a unit, one seed: the best of few rates, and a margin below a per cent."""
    peak = 'BEGIN { x = {lr}; print "val acc: " (x == 0.1 ? 74.5 : x > 0.1 && x < 1.1 ? 89.2 : x == 0.01 ? 17.5 : 9) }'
    done = lrsearch("grid", *RANGE[:-1], "val acc", "--", "awk", peak)
    assert (
        "recommended lr 1: expected val acc 89.2000 (best observed: 89.2000 at 1, of 5 rates; one seed)" in done.stdout
    )


def test_a_larger_grid_keeps_the_folders_of_earlier_trials(lrsearch, tmp_path):
    """Trials are numbered anew, and a folder stays with the trial that made it."""
    command = ("--", "sh", "-c", 'echo val_acc={lr}; echo {lr} > "$LRSEARCH_DIR/mine"')
    lrsearch("grid", *RANGE, "--name", "a", *command)
    lrsearch("resume", "a", "--points", "9")
    owners = sorted((tmp_path / "runs/a/trials").glob("*.json"))
    assert len(owners) == 9
    for owner in owners:
        assert float(owner.with_suffix("").joinpath("mine").read_text()) == json.loads(owner.read_text())["lr"]


def executable(path, text):
    """A program of its own in a folder that stands first in PATH; the PATH."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return f"{path.parent}:{os.environ['PATH']}"


def test_each_trial_as_a_step_of_a_slurm_job(lrsearch, tmp_path):
    """`srun` is a program like any other; the fake one notes its options and begins the command behind them."""
    options = 'while case "$1" in -*) true;; *) false;; esac; do o="$o $1"; shift; done\n'
    path = executable(tmp_path / "bin/srun", f'{options}echo "$o" >> srun.txt\nexec "$@"\n')
    step = ("srun", "--exclusive", "-n1", "--gpus=1", "awk", HILL)
    done = lrsearch("grid", *RANGE, "--jobs", "2", "--name", "a", "--", *step, PATH=path)
    assert "recommended lr 0.1" in done.stdout
    assert len(rows(tmp_path / "runs/a")) == 5
    assert (tmp_path / "srun.txt").read_text() == 5 * " --exclusive -n1 --gpus=1\n"


@pytest.mark.parametrize("named", [None, "GPU-5d1a-77,MIG-9c-2,GPU-0"], ids=["by nvidia-smi", "by the user"])
def test_each_trial_has_gpus_of_its_own(lrsearch, environment, tmp_path, named):
    """As many trials at a time as there are GPUs; UUIDs stay what they are. No GPU is used twice at the same time."""
    path = executable(
        tmp_path / "bin/nvidia-smi",
        'for i in 0 1; do echo "GPU $i: NVIDIA X (UUID: GPU-$i)"; done; echo "  MIG 1g.5gb Device 0: (UUID: MIG-1)"\n',
    )
    n_gpus = 2 if named is None else 3
    alone = f"""
mkdir "busy-$CUDA_VISIBLE_DEVICES" || exit 9
touch "seen-$CUDA_VISIBLE_DEVICES"
until [ "$(ls | grep -c seen-)" = {n_gpus} ]; do sleep 0.02; done
rmdir "busy-$CUDA_VISIBLE_DEVICES"
echo val_acc={{lr}}
"""
    environment.pop("CUDA_VISIBLE_DEVICES", None)
    visible = {} if named is None else {"CUDA_VISIBLE_DEVICES": named}
    command = ("--gpus-per-trial", "1", "--", "sh", "-c", alone)
    lrsearch("grid", *RANGE, "--name", "a", *command, PATH=path, **visible)
    assert sorted(map(float, rows(tmp_path / "runs/a").values())) == [0.001, 0.01, 0.1, 1.0, 10.0]
    expected = ["0", "1"] if named is None else named.split(",")
    assert sorted(seen.name.removeprefix("seen-") for seen in tmp_path.glob("seen-*")) == sorted(expected)
    assert not list(tmp_path.glob("busy-*"))
    message = lrsearch("grid", *RANGE, "--jobs", "4", *command, PATH=path, code=2, **visible).stderr
    assert f"run.jobs: 4 trials with 1 GPU each need 4 GPUs, but only {n_gpus} GPUs can be used" in message


def test_a_program_that_hangs_is_ended(lrsearch, tmp_path):
    """After `run.trial_timeout`, tried once more, with its children; the others are ranked."""
    hangs = "if [ {lr} = 0.1 ]; then echo x >> tries; sleep 300 & sleep 300; fi; echo val_acc={lr}"
    limit = ("--set", "run.trial_timeout=4", "--name", "a")
    done = lrsearch("grid", *RANGE, *limit, "--", "sh", "-c", hangs)
    assert "took longer than run.trial_timeout (4 s); trying again" in done.stderr
    with (tmp_path / "runs/a/trials.csv").open() as file:
        states = {float(row["lr"]): row["state"] for row in csv.DictReader(file)}
    assert states == {0.001: "ok", 0.01: "ok", 0.1: "killed", 1.0: "ok", 10.0: "ok"}
    assert (tmp_path / "tries").read_text() == "x\nx\n"
    mark = f"LRSEARCH_DIR={tmp_path}".encode()
    assert not any(mark in read(path) for path in Path("/proc").glob("[0-9]*/environ"))
