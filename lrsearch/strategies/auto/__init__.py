"""The strategy `auto`: the fewest trainings that give a reliable rate. No command uses it yet."""

from __future__ import annotations

from lrsearch.strategies.auto.records import AutoAnswer, AutoSettings, Request
from lrsearch.strategies.auto.search import auto_search
from lrsearch.strategies.auto.strategy import Auto

__all__ = ["Auto", "AutoAnswer", "AutoSettings", "Request", "auto_search"]
