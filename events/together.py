"""What many threads want to do at the same moment is done once, for all of them (PURE).

A database's commit costs the same for one row as for twelve, and whoever locks a row makes the others wait. So the
first thread that comes works for all who came while the one before it worked; they sleep and take their result.
"""

import threading
from collections.abc import Callable

MOST = 100  # at once


class _Place:
    """One thread's item, and what became of it."""

    def __init__(self, item):
        self.item, self.ready = item, threading.Event()
        self.leads = False
        self.result = None
        self.problem: BaseException | None = None


class Together:
    """`act` takes a list of items and returns a list of as many results; an exception in it is raised for its item."""

    def __init__(self, act: Callable[[list], list]):
        self.act = act
        self.mutex, self.waiting, self.busy = threading.Lock(), [], False  # type: ignore[var-annotated]

    def __call__(self, item):
        """The result of this item, whichever thread worked for it; raises what became of it instead of a result."""
        place = _Place(item)
        with self.mutex:
            self.waiting.append(place)
            place.leads = not self.busy
            self.busy = True
        if not place.leads:
            place.ready.wait()
        if place.leads:
            self._lead()
        if place.problem is not None:
            raise place.problem
        return place.result

    def _lead(self) -> None:
        """Work for everybody who waits, oneself among them; then the next in line leads."""
        with self.mutex:
            batch, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
        try:
            for place, result in zip(batch, self.act([place.item for place in batch]), strict=True):
                if isinstance(result, BaseException):
                    place.problem = result
                else:
                    place.result = result
        except BaseException as problem:
            for place in batch:
                place.problem = problem
            raise
        finally:
            with self.mutex:
                following = self.waiting[0] if self.waiting else None
                self.busy = following is not None
            if following is not None:
                following.leads = True
                following.ready.set()
            for place in batch:
                place.ready.set()
