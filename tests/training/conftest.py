"""Small trainings for the tests of this room."""

import pytest

from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Given
from lrsearch.plans import Worker
from lrsearch.records import Result, Trial
from lrsearch.spec import make_spec
from lrsearch.training.torch_trainer import make_trainer, prepare


@pytest.fixture
def train():
    """A function that trains one rate by a spec's values, and answers its result."""

    def run(lr, *, repeat=0, epochs=2, model=None, model_options=None, arrays=None, trainer=None, **values):
        given = Given(model=model, data=arrays)
        values |= {} if model_options is None else {"model": model_options}
        spec = make_spec({"train": {"epochs": epochs}, **values})
        if trainer is None:
            setup = prepare(spec, given=given)
            trainer = make_trainer(setup.spec, Worker(threads=1), given=given)
        trial = Trial(number=0, proposal=0, lr=lr, repeat=repeat, horizon=spec.train.epochs, until=spec.train.epochs)
        *points, result = trainer((trial,), StopSwitch())
        assert isinstance(result, Result)
        assert tuple(points) == result.points
        return result

    return run
