"""Work in threads of its own, its order kept: reading ahead, and writing behind."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any, Generic, TypeVar

__all__ = ["Behind", "ahead"]

T = TypeVar("T")
WAITING = 2  # things done ahead or left behind at most
POLL_S = 0.2  # how soon a thread notices that nobody waits for it
_END = object()


def ahead(things: Iterator[T]) -> Generator[T, None, None]:
    """
    Return what an iterator returns, worked out in another thread while the caller is busy.

    An error of the iterator is raised where its turn comes. When the caller stops asking, the thread
    ends and the iterator is closed.
    """
    box: queue.Queue[Any] = queue.Queue(WAITING)
    stop = threading.Event()

    def put(thing: Any) -> bool:
        while not stop.is_set():
            try:
                box.put(thing, timeout=POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for thing in things:
                if not put((thing, None)):
                    return
            put((_END, None))
        except BaseException as error:  # whatever it is, the caller is to have it
            put((_END, error))
        finally:
            getattr(things, "close", lambda: None)()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            thing, error = box.get()
            if error is not None:
                raise error
            if thing is _END:
                return
            yield thing
    finally:
        stop.set()
        thread.join()


class Behind(Generic[T]):
    """
    Does something with each thing it is given, in order, in a thread of its own.

    Parameters
    ----------
    work : callable
        What is done with each.
    """

    def __init__(self, work: Callable[[T], None]) -> None:
        self._work = work
        self._box: queue.Queue[Any] = queue.Queue(WAITING)
        self._error: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def give(self, thing: T) -> None:
        """Hand over a thing; an error of an earlier one is raised here."""
        while self._error is None:
            try:
                self._box.put(thing, timeout=POLL_S)
            except queue.Full:
                continue
            return
        raise self._error

    def wait(self) -> None:
        """Wait until all is done; raise an error if there was one."""
        self._box.join()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the thread, whatever is left."""
        self._stop.set()
        with suppress(queue.Full):
            self._box.put_nowait(_END)  # so that it does not sleep on
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                thing = self._box.get(timeout=POLL_S)
            except queue.Empty:
                continue
            try:
                if self._error is None and thing is not _END:
                    self._work(thing)
            except BaseException as error:  # the one who hands over is to have it
                self._error = error
            finally:
                self._box.task_done()
