"""From proposed rates to trials: each rate once for each repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrsearch.records import Trial


def trials_of(rates: Sequence[float], *, first: int, repeats: int, epochs: int) -> Iterator[Trial]:
    """The trials of some proposals, every rate's first repeat before any rate's second.

    A search that is cut short has then seen all its rates.

    Args:
        rates: Learning rates, proposal by proposal.
        first: Number of the first proposal.
        repeats: Trainings for each rate, >= 1.
        epochs: Epochs of each training.
    """
    number = first * repeats
    for repeat in range(repeats):
        for proposal, lr in enumerate(rates, start=first):
            yield Trial(number=number, proposal=proposal, lr=lr, repeat=repeat, horizon=epochs, until=epochs)
            number += 1
