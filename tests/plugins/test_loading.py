"""Files of plugins are run, and what is wrong with them is said in one line."""

import pytest

from lrsearch.catalog import MODELS, OPTIMIZERS, entries_of_plugins
from lrsearch.errors import UsageError
from lrsearch.plugins import PluginError, error_place, load_plugins
from lrsearch.plugins.entries import entry_from_json, entry_to_json

NET = "@lrsearch.model\ndef net(shape, classes): return None\n"


def test_what_a_file_defines_is_in_the_catalog(load, capsys):
    """With the plugin that it comes from; what the file prints does not reach stdout."""
    plugin = load(
        f"print('hello')\n{NET}@lrsearch.optimizer(low=1e-3, high=2)\ndef slow(parameters, lr): return None\n"
    )
    assert (MODELS["net"].plugin, OPTIMIZERS["slow"].high) == (plugin.place, 2)
    assert list(plugin.files) == [plugin.place]
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "hello\n")


def test_files_beside_a_plugin_belong_to_it(write, tmp_path):
    """They are imported, and read again when they have changed."""
    (tmp_path / "plugin_helper.py").write_text("WIDTH = 3")
    path = write(f"from plugin_helper import WIDTH\n{NET.replace('classes', 'classes, width: int = WIDTH')}")
    (plugin,) = load_plugins([path])
    assert set(plugin.files) == {str(path), str(tmp_path / "plugin_helper.py")}
    assert MODELS["net"].options["width"].default == 3
    assert load_plugins([path]) == (plugin,)
    (tmp_path / "plugin_helper.py").write_text("WIDTH = 40")
    (changed,) = load_plugins([str(path)])
    assert MODELS["net"].options["width"].default == 40
    assert changed.files != plugin.files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "mine.py: defines nothing; put @lrsearch.model"),
        (
            "from torch import nn\nclass Net(nn.Module): pass\n",
            r"for the network Net, write a function \(shape, classes\) that returns one, with @lrsearch.model above it",
        ),
        ("@lrsearch.model\nclass Net: pass\n", r"got \(\); write a function with them that returns one"),
        ("@lrsearch.model\ndef mlp(shape, classes): pass\n", "model 'mlp': lrsearch has a model of this name"),
        ("@lrsearch.schedule\ndef fixed(a, b, c): pass\n", "schedule 'fixed': lrsearch has a schedule of this name"),
        (NET + NET, "model 'net' is defined twice in mine.py"),
        ("lrsearch.model(3)\n", "@lrsearch.model stands above a function, got int"),
        ("@lrsearch.model(name='a b')\ndef f(shape, classes): pass\n", "model 'a b': a name has 1 to 64 letters"),
        ("@lrsearch.optimizer(low=1, high=1)\ndef f(p, lr): pass\n", "low .1. must be above 0 and below high"),
        (
            "@lrsearch.metric(scale='percent')\ndef f(t, p): pass\n",
            "scale is share or real; got goal 'max', scale",
        ),
        ("@lrsearch.parameter_groups(print)\ndef f(network): pass\n", "name the function that @lrsearch.model stands"),
    ],
)
def test_what_cannot_be_used_is_refused(write, text, message):
    """Before anything reaches the catalog."""
    before = entries_of_plugins()
    with pytest.raises(UsageError, match=f"^plugin mine.py: .*|{message}") as caught:
        load_plugins([write(text)])
    assert caught.match(message)
    assert len(caught.value.lines) == 1
    assert entries_of_plugins() == before


def test_two_plugins_cannot_have_one_name(write):
    """Both files are named."""
    with pytest.raises(UsageError, match=r"'net' is defined in one\.py and in two\.py"):
        load_plugins([write(NET, "one.py"), write(NET, "two.py")])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.py", "plugin gone.py: no such file"),
        ("gone", "there is no such file, and no such module is installed"),
        ("mine", r"no such module is installed; did you mean mine.py\?"),
        (".", "plugin .: is a folder"),
        ("", "no such"),
    ],
)
def test_a_missing_plugin_is_named(write, monkeypatch, tmp_path, name, message):
    """And a file that may be meant."""
    write(NET)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        load_plugins([name])


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("def f(:\n", "plugin mine.py: SyntaxError: ", "    ^"),
        ("import nothing_there\n", "plugin mine.py: ModuleNotFoundError: No module named 'nothing_there'", ""),
        ("raise SystemExit(3)\n", "plugin mine.py: SystemExit: 3", ""),
        ("def f():\n    return 1 / 0\nf()\n", "plugin mine.py: ZeroDivisionError: division by zero", ""),
    ],
)
def test_an_exception_shows_the_users_own_traceback(write, text, first, last):
    """From the first line of the user's file on, without frames of lrsearch or of Python's own importer."""
    path = write(text)
    with pytest.raises(PluginError) as caught:
        load_plugins([path])
    assert caught.value.lines[0].startswith(first)
    assert f'File "{path}", line ' in caught.value.lines[1]
    assert not any("importlib" in line or "lrsearch/plugins" in line for line in caught.value.lines)
    assert last in "\n".join(caught.value.lines)


def test_entries_are_written_and_read(load):
    """Of every kind, without their functions."""
    load(
        "@lrsearch.model\ndef m(shape, classes, *, width: int = 3): pass\n"
        "@lrsearch.parameter_groups(m)\ndef g(network, *, body: float = 0.1): pass\n"
        "@lrsearch.dataset\ndef d(): pass\n"
        "@lrsearch.optimizer\ndef o(parameters, lr, *, names: list[str] = ['a']): pass\n"
        "@lrsearch.schedule\ndef s(step, total, per_epoch): pass\n"
        "@lrsearch.loss\ndef l(outputs, targets): pass\n"
        "@lrsearch.metric(goal='min', scale='share')\ndef e(targets, predictions): pass\n"
    )
    found = entries_of_plugins()
    assert len(found) == 6
    assert set(MODELS["m"].options) == {"width", "body"}
    for kinded in found:
        assert entry_from_json(entry_to_json(kinded), kinded[1].plugin) == kinded


def test_the_place_of_an_error_is_the_users_last_line(tmp_path):
    """Not that of the library which it calls."""
    path = tmp_path / "users.py"
    path.write_text("import json\ndef read():\n    return json.loads('{')\nread()\n")
    with pytest.raises(ValueError, match="Expecting") as caught:
        exec(compile(path.read_text(), str(path), "exec"), {})  # noqa: S102
    assert error_place(caught.value) == "users.py, read, line 3"
