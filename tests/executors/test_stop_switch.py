"""Signals: nothing to keep before training, a stop at the next step after, at once the second time."""

import os
import signal

import pytest

from lrsearch.executors import StopSwitch


def test_before_training_a_signal_ends_at_once():
    """There is nothing to be kept."""
    stop = StopSwitch()
    with pytest.raises(KeyboardInterrupt), stop.on_signals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.signal_number == signal.SIGTERM


def test_armed_the_first_signal_stops_and_the_second_ends():
    """The first is a wish, the second an order; handlers are put back."""
    before = signal.getsignal(signal.SIGINT)
    stop = StopSwitch()
    with stop.on_signals():
        stop.arm()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.should_stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_an_ignored_signal_stays_ignored(number):
    """`nohup` ignores SIGHUP, and the `&` of a script SIGINT: such a search is meant to go on."""
    before = signal.signal(number, signal.SIG_IGN)
    stop = StopSwitch()
    try:
        with stop.on_signals():
            stop.arm()
            os.kill(os.getpid(), number)
            assert not stop.should_stop()
            others = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM} - {number}
            os.kill(os.getpid(), others.pop())
            assert stop.should_stop()
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
