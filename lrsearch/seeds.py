"""Seeds for everything random. Each use of randomness has its own seed, derived from the spec's seed."""

from __future__ import annotations

import hashlib


def seed_for(seed: int, purpose: str, *indices: int | str) -> int:
    """Derive a seed for one purpose, independent of the seeds for other purposes and indices.

    Args:
        seed: The spec's seed.
        purpose: What the seed is for: "weights", "order", "augment", "dropout", "split", "random", "bayes", and so on.
        indices: Numbers or names that distinguish the draws for one purpose, such as repeat, epoch, arm or trial.

    Returns:
        An integer in [0, 2**63), the same on every machine and in every version.

    Example:
        >>> seed_for(0, "order", 1, 2) == seed_for(0, "order", 1, 2) != seed_for(0, "order", 12)
        True
    """
    text = "\x1f".join([str(seed), purpose, *map(str, indices)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
