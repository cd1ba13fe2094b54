"""A switch that ends a search from outside: a signal, a notebook's button, a test."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class StopSwitch:
    """Off until `stop` is called; trainers look at it at every step.

    A signal throws the switch only once it is armed, when training begins: before, there is nothing to be kept, and the
    signal raises KeyboardInterrupt at once.

    Attributes:
        signal_number: The signal that threw the switch; None while it is off, or when no signal did.
        memory_share: 1.0: a switch can be used as a `Context`, and then leaves a stack all of the memory.
    """

    memory_share = 1.0

    def __init__(self, acknowledge: Callable[[], None] = lambda: None) -> None:
        """Start switched off.

        Args:
            acknowledge: Called when a signal was taken as a wish to stop at the next step.
        """
        self._acknowledge = acknowledge
        self._stopped = threading.Event()
        self._armed = False
        self.signal_number: int | None = None

    def stop(self) -> None:
        """Ask everything to end at its next step."""
        self._stopped.set()

    def arm(self) -> None:
        """From here on the first signal stops at the next step, and the second at once."""
        self._armed = True

    def should_stop(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Throw the switch at the first SIGINT, SIGTERM or SIGHUP; else raise KeyboardInterrupt.

        Else: at the second, or while the switch is not armed. Outside the main thread, where Python takes no
        signals, this does nothing.
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
        before = {number: signal.signal(number, handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
