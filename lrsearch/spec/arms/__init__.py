"""Arms: variants of a spec. Each arm is a named set of overrides, from the spec itself or from `--over KEY=V1,V2`."""

from __future__ import annotations

from lrsearch.spec.arms.named import Parsed, read_arms
from lrsearch.spec.arms.over import Dimension, parse_over, with_product

__all__ = ["Dimension", "Parsed", "parse_over", "read_arms", "with_product"]
