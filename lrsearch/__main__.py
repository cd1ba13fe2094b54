"""`python -m lrsearch`."""

from __future__ import annotations

from lrsearch.cli import main

main()
