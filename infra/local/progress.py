"""One line that shows what is going on: rewritten in a terminal, repeated every few seconds in a log."""

from __future__ import annotations

import sys
import time


class Progress:
    def __init__(self, every: float = 5.0) -> None:
        self._started = time.monotonic()
        self._every = every
        self._last = float("-inf")
        self._width = 0
        self._terminal = sys.stdout.isatty()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def show(self, text: str) -> None:
        line = f"{self.elapsed:5.1f} s  {text}"
        if self._terminal:
            sys.stdout.write("\r" + line.ljust(self._width))
            self._width = len(line)
        elif time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """A line that stays."""
        line = f"{self.elapsed:5.1f} s  {text}"
        sys.stdout.write(("\r" + line.ljust(self._width) if self._terminal else line) + "\n")
        self._width = 0
        self._last = time.monotonic()
        sys.stdout.flush()
