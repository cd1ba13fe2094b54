"""The built-in networks. `make_model` builds a network from its name, the examples' shape and the outputs."""

from __future__ import annotations

from lrsearch.networks.dropout import Dropout
from lrsearch.networks.factory import make_model
from lrsearch.networks.norm import normalises_batches

__all__ = ["Dropout", "make_model", "normalises_batches"]
