"""What the shell offers on TAB."""

from types import SimpleNamespace

import pytest

from lrsearch.catalog import DATASETS, OPTIMIZERS, STRATEGIES
from lrsearch.cli import completion


@pytest.fixture
def offered(tmp_path, environment, forks):
    """The words that the program offers bash behind a command line; the last word is the one that is typed."""

    def complete(*words):
        asked = {"COMP_WORDS": " ".join(("lrsearch", *words)), "COMP_CWORD": str(len(words))}
        variables = {**environment, **asked, "_LRSEARCH_COMPLETE": "complete_bash"}
        done = forks.run([], cwd=tmp_path, env=variables)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()

    return complete


def context(**params):
    """What a completion knows of the words before."""
    return SimpleNamespace(params=params)


def test_runs_the_newest_first_and_latest(lrsearch, offered):
    """Under the folder that --runs-dir names; a run that is named already is not offered again."""
    assert offered("show", "") == []
    lrsearch("grid", "--points", "3", "--name", "one")
    lrsearch("grid", "--points", "3", "--name", "two")
    lrsearch("grid", "--points", "3", "--name", "three", "--runs-dir", "other")
    assert offered("show", "") == ["latest", "two", "one"]
    assert offered("resume", "o") == ["one"]
    assert offered("report", "--runs-dir", "other", "") == ["latest", "three"]
    assert offered("compare", "one", "") == ["latest", "two"]


def test_specs_and_folders(offered, tmp_path):
    """YAML files alone; of a single folder its content too, so that the shell stops behind the slash."""
    (tmp_path / "configs").mkdir()
    for name in ("exp.yaml", "exp.txt", ".hidden.yaml", "configs/a.yaml", "configs/b.yml"):
        (tmp_path / name).write_text("")
    assert offered("grid", "") == ["configs/", "exp.yaml"]
    assert offered("check", "con") == ["configs/", "configs/a.yaml", "configs/b.yml"]
    assert offered("grid", "configs/a") == ["configs/a.yaml"]
    assert offered("schedule", f"{tmp_path}/ex") == [f"{tmp_path}/exp.yaml"]
    assert offered("grid", "nowhere/x") == []


def test_what_stands_behind_list(offered):
    """Kinds, then names; an alias where no main name begins so."""
    assert offered("list", "") == ["datasets", "models", "optimizers", "schedules", "losses", "metrics"]
    assert offered("list", "datasets", "") == list(DATASETS)
    assert offered("list", "schedules", "scheduled") == ["scheduled-drop"]
    assert offered("list", "nothing", "") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("grid", "--optimizer", ""), list(OPTIMIZERS)),
        (("bayes", "--schedule", "cos"), ["cosine", "cosine-restarts"]),
        (("random", "--model", "res"), ["resnet18"]),
        (("range", "--data", "fashion"), ["fashion-mnist"]),
        (("grid", "--device", ""), ["auto", "cpu", "cuda", "mps"]),
        (("check", "--strategy", ""), list(STRATEGIES)),
        (("grid", "--format", "j"), ["json"]),
        (("grid", "--set", "train.warm"), ["train.warmup=", "train.warmup.epochs=", "train.warmup.steps="]),
        (("grid", "--over", "search.lr.l"), ["search.lr.low="]),
        (("gr",), ["grid"]),
    ],
    ids=" ".join,
)
def test_names_words_and_keys(offered, words, expected):
    """Behind the flags that take them."""
    assert offered(*words) == expected


def test_names_behind_the_key_that_takes_them():
    """For shells that leave KEY=VALUE one word."""
    offers = [word for word, _ in completion.complete_setting(context(), "train.schedule=cos")]
    assert offers[0] == "train.schedule=cosine"
    assert completion.complete_setting(context(), "train.epochs=") == []


def test_a_completion_never_raises(tmp_path, monkeypatch, capsys):
    """What cannot be looked up is not offered."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").write_text("no folder")
    for complete in (completion.complete_run, completion.complete_spec, completion.complete_listed_name):
        for typed in ("", "\0", "no/such", "~", "[x]"):
            assert isinstance(complete(context(), typed), list)
    assert completion.complete_run(SimpleNamespace(), "") == []
    assert capsys.readouterr() == ("", "")


def test_names_that_cannot_be_shown_are_not_offered():
    """The shell would print them, and take a newline for the next word."""
    words = ["good", "\x1b[31mred", "two\nlines", "\udcff", "\u202edne"]
    offer = completion.word_completer(words)
    assert offer(context(), "") == [("good", "")]
