"""lrsearch finds the learning rate at which a network trains best, and shows the evidence."""

from __future__ import annotations

__version__ = "0.1.0"
