"""A run folder describes its plugins, and a resume loads only what the user has used."""

from dataclasses import replace

import pytest

from lrsearch.catalog import MODELS, described_entries, entries_of_plugins, remove_entries
from lrsearch.errors import SpecError, UsageError
from lrsearch.plugins import find_plugins, load_plugins, loading, plugins_of, plugins_to_resume, record_plugins
from lrsearch.spec import make_spec, named_entries

NET = "@lrsearch.model\ndef net(shape, classes, *, width: int = 3): return None\n"


@pytest.fixture
def recorded(load):
    """A plugin that a run has recorded, in a process that knows nothing of it."""
    load(NET)
    used = plugins_of(named_entries(make_spec({"model": "net"})))
    found = record_plugins(used)
    remove_entries(entries_of_plugins())
    loading.forget_plugins()
    return found


def test_a_spec_without_plugins_needs_none(load):
    """Although one is loaded."""
    load(NET)
    assert plugins_of(named_entries(make_spec({}))) == ()


def test_a_run_is_read_without_its_plugin(recorded):
    """Its names are known while its spec is read, and can be shown afterwards; nothing can be built."""
    with pytest.raises(SpecError):
        make_spec({"model": {"name": "net", "width": 5}})
    with described_entries(recorded[0].entries):
        assert make_spec({"model": {"name": "net", "width": 5}}).model.options["width"] == 5
    assert MODELS["net"].build is None


def test_a_run_folder_cannot_replace_a_built_in_name(recorded):
    """Somebody may have edited run.json."""
    before = MODELS["mlp"]
    entry = recorded[0].entries[0][1]
    with described_entries([("model", replace(entry, name="mlp"))]):
        assert MODELS["mlp"] is before


def test_the_plugin_of_a_process_counts_after_a_run_was_read(recorded, load):
    """A run of an older form of the plugin is read with its own options."""
    load(NET.replace("width", "units"))
    with described_entries(recorded[0].entries):
        make_spec({"model": {"name": "net", "width": 5}})
    assert set(MODELS["net"].options) == {"units"}


def test_a_resume_loads_what_the_user_has_used(recorded):
    """Without asking."""
    assert plugins_to_resume("run", recorded) == ()
    assert MODELS["net"].build is not None


def test_a_resume_does_not_load_the_file_of_a_stranger(recorded, monkeypatch, tmp_path):
    """Unless the user says so."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    with pytest.raises(UsageError, match=r"run uses a plugin that you have not used .*mine\.py; .*--trust"):
        plugins_to_resume("run", recorded)
    assert "net" not in MODELS
    plugins_to_resume("run", recorded, trusted=True)
    assert "net" in MODELS


def test_a_changed_file_is_refused(recorded, write):
    """Unless the user accepts it, with a warning."""
    write(f"{NET}# changed\n")
    with pytest.raises(UsageError, match=r"run: mine\.py has changed since the run began, .*--accept-changes"):
        plugins_to_resume("run", recorded)
    (warning,) = plugins_to_resume("run", recorded, accept_changes=True)
    assert warning.startswith("mine.py has changed since the run began")


def test_a_file_that_has_moved_is_given_again(recorded, tmp_path):
    """It is the same file at another place."""
    (tmp_path / "there").mkdir()
    moved = (tmp_path / "mine.py").rename(tmp_path / "there" / "mine.py")
    with pytest.raises(UsageError, match=r"its plugin .*mine\.py is missing; restore the file, or give its new place"):
        plugins_to_resume("run", recorded)
    assert plugins_to_resume("run", recorded, [moved]) == ()
    assert MODELS["net"].plugin == str(moved)


def test_a_plugin_that_no_longer_has_the_name_is_refused(recorded, write):
    """Before anything is trained."""
    write(NET.replace("net", "other"))
    with pytest.raises(UsageError, match="its plugin no longer defines the model 'net'"):
        plugins_to_resume("run", recorded, accept_changes=True)


def test_the_project_names_plugins(write, tmp_path):
    """They are loaded once the user has given them by name; the folder may come from somebody else."""
    write(NET)
    (tmp_path / "pyproject.toml").write_text('[tool.lrsearch]\nplugins = ["mine.py"]\n')
    below = tmp_path / "below"
    below.mkdir()
    found, (note,) = find_plugins((), below)
    assert (found, "net" in MODELS) == ((), False)
    assert "not used on this machine" in note
    assert "--plugin mine.py" in note
    find_plugins([str(tmp_path / "mine.py")], below)
    loading.forget_plugins()
    (plugin,), notes = find_plugins((), below)
    assert (plugin.place, notes) == (str(tmp_path / "mine.py"), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool]\nlrsearch = 3\n", "tool.lrsearch: expected a table"),
        ("[tool.lrsearch]\nplugin = []\n", "tool.lrsearch.plugin: unknown key"),
        ("[tool.lrsearch]\nplugins = 'a.py'\n", "tool.lrsearch.plugins: expected a list of files"),
    ],
)
def test_a_wrong_project_file_is_refused(tmp_path, text, message):
    """The message names the key."""
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        find_plugins((), tmp_path)


def test_a_project_file_that_is_not_toml_is_left_to_others(tmp_path):
    """It may belong to another tool; a remark says so."""
    (tmp_path / "pyproject.toml").write_text("[")
    assert "cannot be read" in find_plugins((), tmp_path)[1][0]


def test_an_installed_package_names_plugins(tmp_path, monkeypatch):
    """By an entry point."""
    (tmp_path / "wave_package.py").write_text(f"import lrsearch\n{NET}")
    meta = tmp_path / "wave_package-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: wave-package\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text("[lrsearch.plugins]\nwaves = wave_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    (plugin,), _ = find_plugins((), tmp_path)
    assert (plugin.place, plugin.files) == ("wave_package", {})
    assert MODELS["net"].plugin == "wave_package"
    loading.forget_plugins()
    assert load_plugins(["wave_package"])[0] == plugin  # the module is not run again
