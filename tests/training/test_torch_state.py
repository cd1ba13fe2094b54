"""What a search changes for the whole process is put back."""

import contextlib

import pytest
import torch

from lrsearch.training import kept_torch_state


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_threads_and_random_numbers_are_put_back(error):
    """Also where it ends in an error."""
    torch.set_num_threads(2)
    torch.manual_seed(7)
    state = torch.get_rng_state()
    with contextlib.suppress(*[error] if error else []), kept_torch_state():
        torch.set_num_threads(1)
        torch.manual_seed(8)
        if error:
            raise error
    assert torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), state)
