"""What happens by itself as time goes on: apps add their own steps with `every_tick` and `every_tidy`.

Each step must be idempotent and must also happen lazily when a page reads: time does not wait for a worker.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from events.db import database_now

log = structlog.get_logger(__name__)
_ticks: dict[str, Callable[[datetime], object]] = {}
_tidies: dict[str, Callable[[datetime], object]] = {}


def every_tick(function):
    """Call `function(at)` about every ten seconds."""
    _ticks[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def every_tidy(function):
    """Call `function(at)` about every ten minutes."""
    _tidies[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def tick() -> None:
    """Run every step; one that fails does not keep the others from running."""
    _run(_ticks)


def tidy() -> None:
    """Run the slow steps."""
    _run(_tidies)


def _run(steps) -> None:
    for name, step in steps.items():
        try:
            step(database_now())
        except Exception:
            log.exception("step_failed", step=name)


@every_tidy
def drop_old_live_events(at):
    """A page that was away for a day reads everything again."""
    from events.models import LiveEvent

    LiveEvent.objects.filter(at__lt=at - timedelta(days=1)).delete()


@every_tidy
def drop_old_jobs(at):
    """Finished work is of interest for a week."""
    from events.models import Job

    Job.objects.exclude(state__in=Job.OPEN).filter(ended_at__lt=at - timedelta(days=7)).delete()
