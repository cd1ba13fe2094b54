"""--plugin from the command line to the report."""

import json
import runpy
import signal

import pytest
import torch

from lrsearch.plugins import example_plugin


@pytest.fixture
def plugin(tmp_path):
    """The example that init writes, small."""
    path = tmp_path / "my_plugin.py"
    path.write_text(example_plugin("my_plugin.py").replace("points: int = 1500", "points: int = 240"))
    return path


NAMES = ("--plugin", "my_plugin.py", "--data", "spirals", "--model", "two_layers")


def test_init_writes_a_plugin_that_works(lrsearch, tmp_path):
    """A network and a data set, which train in a stack; the next command is shown."""
    done = lrsearch("init", "--plugin")
    assert done.stderr.strip().endswith("next: lrsearch grid --plugin my_plugin.py --data spirals --model two_layers")
    assert lrsearch("init", "--plugin", code=2).stderr == (
        "my_plugin.py exists; `lrsearch init my_plugin.py --plugin --force` overwrites it\n"
    )
    assert "ends in .py" in lrsearch("init", "a.yaml", "--plugin", code=2).stderr
    done = lrsearch("grid", *NAMES, "--points", "3", "--epochs", "1", torch=True)
    assert "measured with: two_layers" in done.stdout
    run = json.loads((tmp_path / "runs/spirals-grid-001/run.json").read_text())
    assert run["decisions"]["engine"]["value"] == "population"
    (recorded,) = run["plugins"]
    assert recorded["place"] == str(tmp_path / "my_plugin.py")
    assert [entry["name"] for entry in recorded["entries"]] == ["spirals", "two_layers"]


def test_other_commands_read_a_run_without_running_its_plugin(lrsearch, plugin, tmp_path):
    """show, report, runs and compare know its names from run.json."""
    lrsearch("grid", *NAMES, "--set", "model.width=3", "--points", "3")
    lrsearch("grid", *NAMES, "--points", "3", "--name", "other")
    plugin.write_text("raise SystemExit('it ran')\n")
    assert "two_layers, width 3" in lrsearch("show", "spirals-grid-001").stdout
    lrsearch("report", "latest")
    lrsearch("runs")
    assert "width" in lrsearch("compare", "spirals-grid-001", "other").stdout
    refused = lrsearch("resume", "latest", "--points", "5", code=2)
    assert "my_plugin.py has changed since the run began" in refused.stderr
    plugin.unlink()
    lrsearch("show", "latest")
    assert "its plugin" in lrsearch("resume", "latest", "--points", "5", code=2).stderr


def test_a_resume_needs_no_plugin_by_name(lrsearch, plugin, tmp_path):
    """For who has used it; for anybody else with --trust."""
    lrsearch("grid", *NAMES, "--points", "3")
    lrsearch("resume", "latest", "--points", "5")
    stranger = {"XDG_STATE_HOME": str(tmp_path / "elsewhere")}
    refused = lrsearch("resume", "latest", "--points", "9", code=2, **stranger)
    assert "uses a plugin that you have not used on this machine" in refused.stderr
    lrsearch("resume", "latest", "--points", "9", "--trust", **stranger)


def test_a_killed_search_goes_on_in_workers(cut_off, lrsearch, plugin):
    """With networks of the plugin that the workers load."""
    cut_off(signal.SIGKILL, "grid", *NAMES, "--points", "4", "--epochs", "2", "--jobs", "2", n_lines=1)
    done = lrsearch("resume", "cut")
    assert "4 of 4" not in done.stderr
    assert "recommended lr" in done.stdout


TRAIN = ("train", "s.yaml", "--lr", "0.3", "--plugin", "my_plugin.py", "--set", "run.checkpoint_seconds=0")
SPEC = "data: {dataset: spirals}\nmodel: two_layers\ntrain: {epochs: 6}\n"


def test_a_final_training_of_a_plugin(lrsearch, plugin, tmp_path):
    """The plugin's code stands beside the weights; model.py needs neither the plugin nor lrsearch."""
    (tmp_path / "s.yaml").write_text(SPEC)
    shown = lrsearch(*TRAIN, "--name", "whole", torch=True).stdout
    folder = tmp_path / "runs/whole"
    assert "weights.safetensors, model.py, plugins/my_plugin.py, card.md" in shown
    assert (folder / "plugins/my_plugin.py").read_bytes() == plugin.read_bytes()
    assert "import lrsearch" not in (folder / "model.py").read_text()
    names = runpy.run_path(str(folder / "model.py"))
    assert names["load"]()(torch.zeros(4, 2)).shape == (4, 3)


@pytest.mark.slow
def test_a_killed_final_training_of_a_plugin_resumes_to_the_same_weights(lrsearch, plugin, tmp_path):
    """SIGKILL at a file operation."""
    (tmp_path / "s.yaml").write_text(SPEC)
    lrsearch(*TRAIN, "--name", "whole", torch=True)
    lrsearch(*TRAIN, "--name", "cut", code=-9, torch=True, LRSEARCH_FAILPOINT="any:16:kill")
    lrsearch("resume", "cut", torch=True)
    whole, cut = (tmp_path / "runs" / name / "weights.safetensors" for name in ("whole", "cut"))
    assert whole.read_bytes() == cut.read_bytes()


def test_two_workers_load_the_plugin(lrsearch, plugin):
    """One network at a time in each; the answer is that of one process."""
    rates = ("--set", "search.lr=[0.1, 0.2]", "--epochs", "3")
    common = (*NAMES, *rates, "--set", "run.engine=single", "--format", "csv")
    columns = [
        [
            row.split(",")[1:4]
            for row in lrsearch("grid", *common, "--jobs", jobs, code=1, torch=True).stdout.splitlines()
        ]
        for jobs in ("1", "2")
    ]
    assert columns[0] == columns[1]


def test_names_and_options_of_a_plugin_are_listed_and_checked(lrsearch, plugin):
    """As those of built-in entries."""
    assert "two_layers" in lrsearch("list", "models", *NAMES[:2]).stdout
    assert "Units of each hidden layer" in lrsearch("list", "models", "two_layers", *NAMES[:2]).stdout
    assert '"spirals"' in lrsearch("check", "--schema", *NAMES[:2]).stdout
    lrsearch("check", *NAMES)
    wrong = lrsearch("check", *NAMES, "--set", "model.widht=3", code=2).stderr
    assert "two_layers takes no 'widht'; did you mean 'width'?" in wrong
    assert "unknown model 'two_layers'" in lrsearch("check", "--model", "two_layers", code=2).stderr


def test_a_project_names_its_plugins(lrsearch, plugin, tmp_path):
    """They are loaded after they were given by name once."""
    (tmp_path / "pyproject.toml").write_text('[tool.lrsearch]\nplugins = ["my_plugin.py"]\n')
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    refused = lrsearch("check", *NAMES[2:], code=2, **state).stderr
    assert "which you have not used on this machine, so it is not loaded" in refused
    lrsearch("check", *NAMES, **state)
    lrsearch("check", *NAMES[2:], **state)


def test_a_program_takes_no_plugin(lrsearch, plugin):
    """It has its own network and data."""
    program = ("--low", "1e-3", "--high", "1", "--metric", "acc", "--", "python", "a.py", "{lr}")
    refused = lrsearch("grid", "--plugin", "my_plugin.py", *program, code=2).stderr
    assert refused == "--plugin: a program behind `--` has its own network and data; remove --plugin\n"


def test_a_schedule_of_a_plugin_is_drawn_and_pasted(lrsearch, tmp_path):
    """The lines of PyTorch name the plugin's function."""
    (tmp_path / "hill.py").write_text(
        "import lrsearch\n"
        "@lrsearch.schedule\ndef hill(step, total, per_epoch, *, low: float = 0.5): return low + step / total / 2\n"
        "@lrsearch.optimizer\ndef sgdlike(parameters, lr, *, momentum: float = 0.0): pass\n"
    )
    drawn = lrsearch("schedule", "--plugin", "hill.py", "--schedule", "hill", "--format", "csv").stdout
    assert len(drawn.splitlines()) == 321
    shown = lrsearch(
        "grid", "--plugin", "hill.py", "--schedule", "hill", "--optimizer", "sgdlike", "--points", "2"
    ).stdout
    assert "optimizer = sgdlike(model.parameters(), lr=" in shown
    assert "lambda step: hill(step, 320, 16, low=0.5)" in shown
