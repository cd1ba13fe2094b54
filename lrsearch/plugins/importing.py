"""Imports the file or the module of a plugin."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lrsearch.errors import UsageError

_PACKAGE = Path(__file__).parents[1]


def what_to_define(place: str) -> str:
    """Say what a plugin that was imported, and that defines nothing, has to define. A network in it is named.

    Args:
        place: The absolute path of its file, or its import name.
    """
    module = sys.modules.get(_module_name(Path(place)) if Path(place).is_absolute() else place)
    networks = (
        [] if module is None else [of.__name__ for of in vars(module).values() if _is_network(of, module.__name__)]
    )
    if networks:
        return (
            f"no function is named for a spec; for the network {networks[-1]}, write a function (shape, classes) that "
            "returns one, with @lrsearch.model above it"
        )
    return (
        "defines nothing; put @lrsearch.model, @lrsearch.dataset, @lrsearch.optimizer, @lrsearch.schedule, "
        "@lrsearch.loss or @lrsearch.metric above a function"
    )


def _is_network(of: Any, module: str) -> bool:  # noqa: ANN401  (anything that a module holds)
    """Whether an object is a class of networks that a module defines itself."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and isinstance(of, type) and issubclass(of, torch.nn.Module) and of.__module__ == module


def run_module(name: str) -> list[Path]:
    """Import an installed module. Return no files, because it is not watched."""
    importlib.import_module(name)
    return []


def _module_name(path: Path) -> str:
    """Return the name under which a file is imported."""
    return f"lrsearch_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def run_file(path: Path, before: Iterable[str]) -> list[Path]:
    """Run a file as a module. Return the file and the files of its folder that it imports.

    Args:
        path: The file.
        before: The files that an earlier run of the file has imported, which are imported again.
    """
    folder = path.parent
    stale = {str(Path(each)) for each in before}
    for name in [name for name, module in sys.modules.items() if getattr(module, "__file__", None) in stale]:
        del sys.modules[name]
    name = _module_name(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError("is not a Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    others = set(sys.modules)
    sys.modules[name] = module  # dataclasses and pickle look for it
    importlib.invalidate_caches()
    with _first_on_path(str(folder)):
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return [path, *_beside(folder, set(sys.modules) - others - {name})]


@contextlib.contextmanager
def _first_on_path(folder: str) -> Iterator[None]:
    """Let a plugin import the files beside it.

    Their folder is first on the path while the plugin is loaded, and last after that.
    """
    was_there = folder in sys.path
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        if not was_there:
            sys.path.append(folder)


def _beside(folder: Path, names: Iterable[str]) -> list[Path]:
    files = [getattr(sys.modules[name], "__file__", None) for name in sorted(names)]
    paths = [Path(file) for file in files if file]
    return [
        path
        for path in paths
        if path.is_relative_to(folder) and "site-packages" not in path.parts and not path.is_relative_to(_PACKAGE)
    ]
