"""A switch that stops a search from outside, for example by a signal, a notebook's button or a test."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class StopSwitch:
    """A switch that is off until `stop` is called. Trainers check the switch at every step.

    Arm the switch when training begins. Before training there are no results to save, so a signal raises
    KeyboardInterrupt at once.

    Attributes:
        signal_number: The last signal that was received; None if there was none.
        memory_share: Always 1.0. A switch has this attribute because a `Context` needs one.
    """

    memory_share = 1.0

    def __init__(self, acknowledge: Callable[[], None] = lambda: None) -> None:
        """Start switched off.

        Args:
            acknowledge: Called when a signal stops the search at the next step.
        """
        self._acknowledge = acknowledge
        self._stopped = threading.Event()
        self._armed = False
        self.signal_number: int | None = None

    def stop(self) -> None:
        """Ask all trainers to end at their next step."""
        self._stopped.set()

    def arm(self) -> None:
        """Arm the switch.

        From now on, the first signal stops the search at the next step, the second signal at once.
        """
        self._armed = True

    def should_stop(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """In the `with` block, the first SIGINT, SIGTERM or SIGHUP stops the search at the next step.

        The second signal, or a signal before training has begun, raises KeyboardInterrupt. Signals that were ignored
        stay ignored. Outside the main thread this function does nothing, because Python handles signals only in the
        main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  (the signature of a handler)
            at_once = self.should_stop() or not self._armed
            self.signal_number = number
            self.stop()
            if at_once:
                raise KeyboardInterrupt
            self._acknowledge()

        numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
        # `nohup` starts a program that ignores SIGHUP, and the `&` of a script one that ignores SIGINT. None stands for
        # a handler that was not installed by Python.
        numbers = [number for number in numbers if signal.getsignal(number) not in {signal.SIG_IGN, None}]
        before = {number: signal.signal(number, handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
