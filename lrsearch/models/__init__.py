"""The built-in networks. `make_model` builds one by its name in the catalog, for the data's shape and classes."""

from __future__ import annotations

from lrsearch.models.make import make_model

__all__ = ["make_model"]
