"""What a search changes for the whole process is put back."""

import contextlib
import random

import numpy as np
import pytest
import torch

from lrsearch.training import kept_torch_state


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_threads_and_random_numbers_are_put_back(error):
    """Also where it ends in an error."""
    torch.set_num_threads(2)
    torch.manual_seed(7)
    state, of_python = torch.get_rng_state(), random.getstate()
    of_numpy = np.random.get_state()[1].tolist()  # noqa: NPY002  (the generator that callers share)
    with contextlib.suppress(*[error] if error else []), kept_torch_state():
        torch.set_num_threads(1)
        torch.manual_seed(8)
        random.random()
        np.random.random()  # noqa: NPY002
        if error:
            raise error
    assert torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), state)
    assert random.getstate() == of_python
    assert np.random.get_state()[1].tolist() == of_numpy  # noqa: NPY002
