"""The confidence level of ties and intervals, and the critical values that follow from this level.

Measured means are noisy, so the truly best rate may not have the largest measured mean. `comparison_constant` says how
far below the largest measured mean the mean of the best rate may lie.

Gupta 1965, "On some multiple decision (selection and ranking) rules", Technometrics 7; Hsu 1996, "Multiple Comparisons:
Theory and Methods", chapter 4 (multiple comparisons with the best).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

CONFIDENCE = 0.95
"""Confidence level: the probability that the tie group contains the best rate, and that an interval contains the mean
of its rate."""

_MOST_DEGREES = 10_000  # with more, the estimate of the noise is practically exact


@lru_cache(maxsize=256)
def comparison_constant(k: int, degrees: int, level: float = CONFIDENCE) -> float:
    """Compute how far below the largest of k means another mean must lie to be significantly worse.

    The distance is d standard errors of the difference of two means. d solves P(max over j < k of (Z_j - Z_0) /
    (sqrt(2) S) <= d) = level for independent standard normal Z and S^2 ~ chi^2 / degrees. So if all k true means are
    equal, each observed mean lies within d standard errors of the largest with probability `level`. If the true means
    differ, the observed mean of the truly best one lies within d with at least this probability (Gupta 1965, equation
    2.5).

    Args:
        k: Number of means that are compared, >= 1.
        degrees: Degrees of freedom of the noise estimate, >= 1.
        level: Probability, in (0.5, 1).

    Returns:
        d >= 0; 0 for a single mean.

    Example:
        >>> [round(comparison_constant(k, degrees), 2) for k, degrees in ((11, 4), (11, 8), (17, 8), (2, 8))]
        [3.66, 2.96, 3.16, 1.86]
    """
    if k < 2:
        return 0.0
    from scipy.special import gammaln, ndtr

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)  # values of Z_0
    weights = weights / math.sqrt(2 * math.pi)
    half = min(degrees, _MOST_DEGREES) / 2
    # Integrate over log S by the trapezoid rule, far into both tails. It converges fast, because the density is smooth.
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
    while high - low > 1e-6 * high:  # bisection: importing scipy.optimize would take longer than all of `show`
        middle = (low + high) / 2
        low, high = (middle, high) if surplus(middle) < 0 else (low, middle)
    return high


@lru_cache(maxsize=256)
def t_quantile(probability: float, degrees: int) -> float:
    """Compute a quantile of Student's t distribution.

    Args:
        probability: In (0, 1).
        degrees: Degrees of freedom, >= 1.

    Example:
        >>> round(t_quantile(0.975, 6), 3)
        2.447
    """
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))
