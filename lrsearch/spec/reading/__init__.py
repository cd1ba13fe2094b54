"""Reads YAML into plain values, each with its line and column."""

from __future__ import annotations

from lrsearch.spec.reading.composer import BOOL, FLOAT, INT, NULL, Place
from lrsearch.spec.reading.loader import Document, parse_value, plain_document, read_document

__all__ = ["BOOL", "FLOAT", "INT", "NULL", "Document", "Place", "parse_value", "plain_document", "read_document"]
