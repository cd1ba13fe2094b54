"""Makes trials from proposed rates: one trial for each rate and repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrsearch.records import Trial


def trials_of(rates: Sequence[float], *, first: int, repeats: int, epochs: int) -> Iterator[Trial]:
    """Yield the trials of some proposals: the first repeat of every rate, then the second repeat, and so on.

    Because of this order, a search that ends early has tried as many rates as possible.

    Args:
        rates: Learning rates, one for each proposal.
        first: Number of the first proposal.
        repeats: Number of trainings for each rate, >= 1.
        epochs: Epochs of each training.
    """
    number = first * repeats
    for repeat in range(repeats):
        for proposal, lr in enumerate(rates, start=first):
            yield Trial(number=number, proposal=proposal, lr=lr, repeat=repeat, horizon=epochs, until=epochs)
            number += 1
