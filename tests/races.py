"""Threads at once, and the worst order of them built by hand: no control may need the luck that two overlap.

`pytest --in-turn` lets the threads of `together` go one after another as far as none waits for another. What a test
proves must hold then, too: a control that fails there was green by luck.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LONG = 120.0  # seconds after which threads that wait for one another give up
IN_TURN = 0.4  # seconds that `--in-turn` gives each thread to end before the next one begins

_in_turn = False


def one_after_another() -> None:
    """Turn `--in-turn` on for this run."""
    global _in_turn
    _in_turn = True


def together(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(0 … number-1)` in threads let loose at once; gives results or exceptions in order."""
    gate = threading.Barrier(1 if _in_turn else number)
    results: list[Any] = [None] * number

    def run(n: int) -> None:
        gate.wait()
        try:
            results[n] = work(n)
        except Exception as error:
            results[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
        if _in_turn:
            thread.join(IN_TURN)
    for thread in threads:
        thread.join()
    return results


class Meeting:
    """`number` threads wait here for one another, each of them once: the worst order of who looks and then writes.

    Put between the look and the write of code that no guard keeps apart; threads of which a guard lets one in at a
    time would wait for ever.
    """

    def __init__(self, number: int) -> None:
        self._barrier, self._here = threading.Barrier(number), threading.local()

    def __call__(self) -> None:
        if not hasattr(self._here, "met"):
            self._here.met = True
            self._barrier.wait(LONG)

    def before(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """`act`, which nobody does before all have come to it."""

        def met(*args: Any, **facts: Any) -> Any:
            self()
            return act(*args, **facts)

        return met

    def after(self, look: Callable[..., Any]) -> Callable[..., Any]:
        """`look`, of which nobody hears before all have looked."""

        def met(*args: Any, **facts: Any) -> Any:
            found = look(*args, **facts)
            self()
            return found

        return met


class Doorway:
    """Where only one may be at a time. Who is inside stays until all of `number` have come, let in or turned away."""

    def __init__(self, number: int) -> None:
        self._number, self._change = number, threading.Condition()
        self._came: set[threading.Thread] = set()
        self._inside, self.most = 0, 0  # how many are inside, and the most that were

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self._change:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._come()
            assert self._change.wait_for(lambda: len(self._came) >= self._number, LONG), "somebody never came"
        try:
            yield
        finally:
            with self._change:
                self._inside -= 1

    def away(self) -> None:
        """This thread was turned away, for now or for good."""
        with self._change:
            self._come()

    def _come(self) -> None:
        self._came.add(threading.current_thread())
        self._change.notify_all()
