"""The seeds of everything random: one for each (spec.seed, purpose, repeat, epoch)."""

from __future__ import annotations

import hashlib


def seed_for(seed: int, purpose: str, *indices: int | str) -> int:
    """A seed for one purpose, independent of every other purpose and index.

    Args:
        seed: The spec's seed.
        purpose: What it is for: "weights", "order", "augment", "dropout", "split", "random", "bayes", and so on.
        indices: What tells one draw from the next: repeat, epoch, arm, number.

    Returns:
        An integer in [0, 2**63), the same on every machine and in every version.

    Example:
        >>> seed_for(0, "order", 1, 2) == seed_for(0, "order", 1, 2) != seed_for(0, "order", 12)
        True
    """
    text = "\x1f".join([str(seed), purpose, *map(str, indices)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
