"""The example of a plugin that `lrsearch init --plugin` writes."""

from __future__ import annotations

from importlib.resources import files


def example_plugin(file: str) -> str:
    """Return the text of a file with a network and a data set, to start from.

    Args:
        file: The name of the file, as a shell would read it.
    """
    return files(__package__).joinpath("example.txt").read_text(encoding="utf-8").format(file=file)
