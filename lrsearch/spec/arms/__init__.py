"""Arms: named sets of overrides, written in the spec or made by `--over KEY=V1,V2`."""

from __future__ import annotations

from lrsearch.spec.arms.named import Reading, read_arms
from lrsearch.spec.arms.over import Dimension, parse_over, with_product

__all__ = ["Dimension", "Reading", "parse_over", "read_arms", "with_product"]
