"""A circuit breaker: what failed is left alone for a while, and then tried by one before all others."""

import threading
import time


class Breaker:
    """Closed at first. `open` lets nobody through for `seconds`; then one is let through, and the others once it says
    `close`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._until = 0.0
        self._trying = False
        self.why = ""
        """Why it is open; empty while it is closed."""

    def admits(self) -> bool:
        """Whether to try: who is let through says `open` or `close` afterwards."""
        if not self.why:
            return True
        with self._lock:
            if self._trying or time.monotonic() < self._until:
                return not self.why
            self._trying = True
            return True

    def open(self, why: str) -> bool:
        """It failed. Whether it was closed, or open for another reason."""
        with self._lock:
            former, self.why = self.why, why
            self._until, self._trying = time.monotonic() + self._seconds, False
            return former != why

    def close(self) -> bool:
        """It works. Whether it was open."""
        if not self.why:
            return False
        with self._lock:
            was, self.why, self._trying = self.why, "", False
            return bool(was)

    def reset(self) -> None:
        """As at first."""
        with self._lock:
            self.why, self._until, self._trying = "", 0.0, False
