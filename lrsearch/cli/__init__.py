"""The command line. It prints the results, and it turns errors into messages and exit codes."""

from __future__ import annotations

from lrsearch.cli.main import main

__all__ = ["main"]
