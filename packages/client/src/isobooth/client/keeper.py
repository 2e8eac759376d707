"""Looks after one plugin on a thread of its own, which is there only while there is something to do."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Protocol

from .booth import Booth
from .policies import History, RestartPolicy

SNAPSHOT_SECONDS = 2.0
"""Least time from one snapshot of the state to the next."""
SETTLE_SECONDS = 0.2
"""A plugin that has marked itself dirty is given so long to finish what it does."""
_YIELD_SECONDS = 0.001
"""Whoever waits for a block of the dead booth goes first: Python runs one thread at a time."""
_JOIN_SECONDS = 5.0
_LOOK_SECONDS = 0.005
"""How often a keeper that waits for a call to end looks whether the call waits for it."""


class Ward(Protocol):
    """What a keeper needs of its plugin. All is called on the keeper's thread."""

    def find_cause(self) -> None:
        """The booth has ended: find out why, and tell."""

    def try_again(self, keeper: Keeper) -> bool:
        """Put a new booth in the place of the dead one. False: that one died, too."""

    def give_up(self) -> None:
        """There will be no further attempt: tell."""

    def take_snapshot(self) -> None:
        """Read the state, so that it can be brought back."""

    def is_over(self) -> None:
        """The death has been dealt with, one way or the other."""


class Keeper:
    """Recovers a plugin after its death and takes snapshots of its state."""

    def __init__(self, policy: RestartPolicy) -> None:
        self.policy = policy
        self.history = History(policy)
        _everyone.add(self)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ward: Ward | None = None
        self._deaths = 0
        self._is_stopped = False
        self._is_lent = self._is_borrowed = False
        self._booth: Booth | None = None
        """That is being made ready."""
        self.is_dirty = False
        """The state is another than the last that was read."""
        self._snapshot_at = 0.0
        self._last_snapshot = -SNAPSHOT_SECONDS
        self.died_at = 0.0
        """When the death was noticed; time.monotonic."""

    @property
    def is_busy(self) -> bool:
        """Is there a recovery under way?"""
        return self._deaths > 0

    # -- what is noticed: from any thread ------------------------------------------------------------------------------

    def died(self, ward: Ward) -> None:
        """The booth has ended."""
        with self._changed:
            self.died_at = time.monotonic()
            self._deaths += 1
            self._start(ward)
            self._ward = ward  # it knows which booth died

    def dirty(self, ward: Ward) -> None:
        """The state may have changed. Quick if that is known."""
        if self.is_dirty or not self.policy.most:
            return
        with self._changed:
            self.is_dirty = True
            self._snapshot_at = max(time.monotonic() + SETTLE_SECONDS, self._last_snapshot + SNAPSHOT_SECONDS)
            self._start(ward)

    def clean(self) -> None:
        """The state has just been read or set."""
        self.is_dirty = False

    def starts(self, booth: Booth) -> None:
        """A new booth is being made ready; whoever stops the keeper ends it."""
        with self._changed:
            self._booth = booth
            if self._is_stopped:
                booth.kill()

    def stop(self) -> None:
        """The plugin is closed: nothing more is to be done. Ends a booth that is being made ready."""
        with self._changed:
            self._is_stopped = True
            if self._booth is not None:
                self._booth.kill()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_SECONDS)

    @property
    def is_stopped(self) -> bool:
        """Has the plugin been closed?"""
        return self._is_stopped

    def wait(self, until: Callable[[], bool], timeout: float | None) -> bool:
        """Sleep until no recovery is under way and something holds. False if it is not so after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: (not self._deaths and until()) or self._is_stopped, timeout)

    # -- a call that waits for its plugin: it holds the plugin's lock, which the keeper needs --------------------------

    def lend(self, until: Callable[[], bool]) -> None:
        """Sleep until something holds, or the keeper is stopped. Meanwhile the keeper acts as if it held the lock.

        For a thread that holds the plugin's lock. ``until`` is looked at when a recovery has been dealt with.
        """
        with self._changed:
            self._is_lent = True
            try:
                self._changed.wait_for(lambda: self._is_stopped or (until() and not self._is_borrowed))
            finally:
                self._is_lent = False
                while self._is_borrowed:  # after Ctrl-C: it is quick
                    self._changed.wait()

    @contextlib.contextmanager
    def borrow(self, lock: threading.RLock) -> Iterator[bool]:
        """Act on the plugin, on the keeper's thread: with its lock, or while a call lends it (then it gives True)."""
        while True:
            with self._changed:
                self._is_borrowed = self._is_lent
            if self._is_borrowed:
                break
            if lock.acquire(timeout=_LOOK_SECONDS):
                try:
                    yield False
                finally:
                    lock.release()
                return
        try:
            yield True
        finally:
            with self._changed:
                self._is_borrowed = False
                self._changed.notify_all()

    def disown(self) -> None:
        """In a forked child: the thread, and what it does, are the parent's."""
        self._changed = threading.Condition()
        self._thread = self._booth = None
        self._is_stopped = True
        self._is_lent = self._is_borrowed = False

    # -- the thread ----------------------------------------------------------------------------------------------------

    def _start(self, ward: Ward) -> None:
        self._changed.notify_all()
        if self._thread is None and not self._is_stopped:
            self._ward = ward  # lets go of it as soon as there is nothing to do
            self._thread = threading.Thread(target=self._run, name="isobooth-keeper", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            self._look_after()
        finally:  # also after a fault of ours, which the interpreter reports: the next death starts another thread
            with self._changed:
                if self._thread is threading.current_thread():
                    self._ward = self._thread = None
                    self._deaths = 0
                self._changed.notify_all()

    def _look_after(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped or self._deaths, self._until_snapshot())
                ward = self._ward
                is_due = self.is_dirty and time.monotonic() >= self._snapshot_at
                if ward is None or self._is_stopped or not (self._deaths or self.is_dirty):
                    self._ward = self._thread = None
                    return
                deaths = self._deaths
            if deaths:
                try:
                    self._recover(ward)
                finally:
                    ward.is_over()
                with self._changed:
                    self._deaths -= deaths
                    self._changed.notify_all()
            elif is_due:
                self._last_snapshot = time.monotonic()
                self.is_dirty = False  # first: what changes meanwhile is for the next
                ward.take_snapshot()

    def _until_snapshot(self) -> float:
        return max(self._snapshot_at - time.monotonic(), 0.0) if self.is_dirty else 0.0

    def _recover(self, ward: Ward) -> None:
        time.sleep(_YIELD_SECONDS)
        ward.find_cause()
        if not self.policy.most:
            return
        while not self._is_stopped:
            delay = self.history.next_delay(time.monotonic())
            if delay is None:
                ward.give_up()
                return
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped, delay)
            if self._is_stopped or ward.try_again(self):
                return


_everyone: weakref.WeakSet[Keeper] = weakref.WeakSet()


def _stop_everyone() -> None:
    for keeper in list(_everyone):
        keeper.stop()


@lru_cache(maxsize=1)
def stop_at_exit() -> None:
    """When the program ends, booths that nobody closed are ended: keepers are not to bring them back.

    To be called when there is a booth: what was registered last is called first.
    """
    atexit.register(_stop_everyone)
