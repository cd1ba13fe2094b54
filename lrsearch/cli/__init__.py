"""The command line: the only room that prints, and the one that turns an error into an exit code."""

from __future__ import annotations

from lrsearch.cli.main import main

__all__ = ["main"]
