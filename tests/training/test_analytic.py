"""The trainer by formula."""

from dataclasses import replace

from factories import make_trial
from lrsearch.executors import StopSwitch
from lrsearch.plans import Worker
from lrsearch.records import Result
from lrsearch.spec import make_spec
from lrsearch.training.analytic import make_trainer


def test_a_trial_below_its_bound_is_pruned():
    """As in the trainer of torch; a bound at the last epoch has no effect."""
    train = make_trainer(make_spec({}), Worker(device="cpu", threads=1, stack_size=1, fingerprint=None))
    trial = make_trial(0.1, epochs=3)

    def result_of(bounds):
        events = train((replace(trial, stop_below=bounds),), StopSwitch())
        return next(event for event in events if isinstance(event, Result))

    pruned = result_of({1: 0.0, 2: 0.99})
    assert (pruned.state, len(pruned.points), pruned.learned) == ("pruned", 2, None)
    assert pruned.score == pruned.points[-1].val_accuracy < 0.99
    assert [result_of(bounds).state for bounds in ({3: 1.0}, {2: 0.1})] == ["ok", "ok"]
