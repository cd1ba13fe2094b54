"""The range test as a strategy: ramps, then probes, then an answer."""

import math

from lrsearch.analysis.range.probing import PROBE_SEEDS, PROBE_STEPS, Suggestion, Unclear
from lrsearch.analysis.range.ramp import Ramp, step_point
from lrsearch.interfaces import Answer
from lrsearch.range_test.strategy import MOST_ROUNDS, RangeTestStrategy
from lrsearch.records import RAMP, Result


def drive(strategy, ramp, best=0.01, flat=False):
    """Ask and tell until the end, with losses that fall fastest at `best`; returns the trials in their order."""
    trials, waiting = [], []
    while (answer := strategy.ask()) is not Answer.DONE:
        if answer is not Answer.WAIT:
            trials.append(answer)
            waiting.append(answer)
            continue
        assert waiting, "waits with nothing to wait for"
        for trial in waiting:
            loss, points = 2.3, []
            for step in range(trial.until):
                points.append(step_point(trial, step, loss, ramp))
                lr = points[-1].lr
                speed = 0.0 if flat else 0.1 * math.exp(-(math.log10(lr / best) ** 2))
                loss *= 2.0 if lr > 30 * best and not flat else 1 - speed
            strategy.tell(Result(trial=trial, state="ok", points=tuple(points)))
        waiting = []
    return trials


def test_ramps_then_probes():
    """Trials are numbered without gaps; ramps start at the low rate, and probes have constant rates."""
    ramp = Ramp()
    strategy = RangeTestStrategy(ramp, n_seeds=5, arm="a")
    trials = drive(strategy, ramp)
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert {trial.arm for trial in trials} == {"a"}
    first, rest = trials[:5], trials[5:]
    assert [(trial.stage, trial.lr, trial.repeat, trial.until) for trial in first] == [
        (RAMP, 1e-7, seed, 150) for seed in range(5)
    ]
    assert {(trial.stage == RAMP, trial.until) for trial in rest} == {(False, PROBE_STEPS)}
    assert {trial.repeat for trial in rest} == set(range(PROBE_SEEDS))
    assert isinstance(strategy.finding.answer, Suggestion)
    assert abs(math.log10(strategy.finding.suggestion.lr / 0.01)) < 0.3
    assert len(strategy.finding.curves) == 5


def test_with_one_seed_each_rate_is_probed_once():
    """The probes use the same seed as the ramp."""
    strategy = RangeTestStrategy(Ramp(), n_seeds=1)
    assert {trial.repeat for trial in drive(strategy, Ramp())} == {0}
    assert strategy.finding.suggestion


def test_it_probes_beyond_the_end_a_limited_number_of_times():
    """A best rate above the bracket is looked for in a few rounds."""
    ramp = Ramp(high=0.01)
    strategy = RangeTestStrategy(ramp, n_seeds=2)
    trials = drive(strategy, ramp, best=0.1)
    assert max(trial.lr for trial in trials) > 0.02
    assert len({trial.lr for trial in trials}) < 16 * MOST_ROUNDS


def test_a_flat_ramp_is_not_probed():
    """Without a bracket there is nothing to probe."""
    strategy = RangeTestStrategy(Ramp(), n_seeds=3)
    assert len(drive(strategy, Ramp(), flat=True)) == 3
    assert isinstance(strategy.finding.answer, Unclear)
    assert strategy.finding.probes == {}
