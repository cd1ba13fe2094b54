"""The constant of a comparison of k noisy means with the best of them: how far below it chance alone can put the best.

Gupta 1965, "On some multiple decision (selection and ranking) rules", Technometrics 7; Hsu 1996, "Multiple Comparisons:
Theory and Methods", chapter 4 (multiple comparisons with the best).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

LEVEL = 0.95
"""How sure a statement is to be: the best rate is in the tie group, the interval covers the mean."""

_MOST_DEGREES = 10_000  # beyond, chance in the noise's estimate is nil


@lru_cache(maxsize=256)
def comparison_constant(k: int, degrees: int, level: float = LEVEL) -> float:
    """The d with which a mean is told from the largest of k, in standard errors of a difference.

    It solves P(max over j < k of (Z_j - Z_0) / (sqrt(2) S) <= d) = level for independent standard normal Z and
    S^2 ~ chi^2 / degrees: of k equal means the first then lies within d standard errors of the largest with that
    probability, and of unequal ones the best does so at least as often (Gupta 1965, equation 2.5).

    Args:
        k: Means that are compared, >= 1.
        degrees: Degrees of freedom of the noise's estimate, >= 1.
        level: Probability, in (0.5, 1).

    Returns:
        d >= 0; 0 for one mean alone.

    Example:
        >>> [round(comparison_constant(k, degrees), 2) for k, degrees in ((11, 4), (11, 8), (17, 8), (2, 8))]
        [3.66, 2.96, 3.16, 1.86]
    """
    if k < 2:
        return 0.0
    from scipy.special import gammaln, ndtr

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)  # of Z_0
    weights = weights / math.sqrt(2 * math.pi)
    half = min(degrees, _MOST_DEGREES) / 2
    # log S far into both tails, by the trapezoid rule, which converges at once on so smooth a density.
    width = 6 / math.sqrt(half)
    logs = np.linspace(-1.5 * width, width, 96)
    density = np.exp(half * math.log(half) - gammaln(half) + 2 * half * logs - half * np.exp(2 * logs))
    density /= density.sum()

    def surplus(d: float) -> float:
        within = ndtr(nodes + math.sqrt(2) * d * np.exp(logs)[:, None]) ** (k - 1)  # (S, Z_0)
        return float(density @ within @ weights) - level

    low, high = 0.0, 4.0
    while surplus(high) < 0 and high < 1e6:
        low, high = high, 2 * high
    while high - low > 1e-6 * high:  # by halves: scipy.optimize would take longer to import than all of `show`
        middle = (low + high) / 2
        low, high = (middle, high) if surplus(middle) < 0 else (low, middle)
    return high


@lru_cache(maxsize=256)
def t_quantile(probability: float, degrees: int) -> float:
    """Quantile of Student's t.

    Args:
        probability: In (0, 1).
        degrees: Degrees of freedom, >= 1.

    Example:
        >>> round(t_quantile(0.975, 6), 3)
        2.447
    """
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))
