"""Work behind the pages: rows with a lease, run by Celery workers, started again by a sweeper.

No broker keeps a job whose worker is killed: so the row says what is to be done and how far it is, a message only says
"look". A worker claims a row with a conditional UPDATE, renews its lease while it works, and publishes its result only
while the claim is still its own. The sweeper (tasks.sweep, every 5 s) announces rows that nobody took and takes back
rows whose lease ran out.

    @jobs.kind("probe_clip", queue="probe")
    def probe_clip(job):
        ...
        job.progress(3, 10, _("frame 90 of 300"))     # renews; raises Cancelled or Lost
        with transaction.atomic():
            job.hold()                                 # raises Lost when another worker took over
            clip.publish(...)
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, close_old_connections, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, gettext_noop

from events.db import database_now
from events.models import Job, Worker

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=20)
HEARTBEAT = 5.0
ANNOUNCE_AGAIN = timedelta(seconds=15)
SOON = timedelta(minutes=1)
PATIENCE = timedelta(seconds=40)  # before anybody is told that a job waits
HEARD = timedelta(seconds=45)  # a worker that has said nothing for so long is none
OVERDUE, LOST_EACH_TIME = gettext_noop("Not done after %(n)d s."), gettext_noop("The worker was lost each time.")


class Cancelled(Exception):
    """Somebody asked this job to stop."""


class Lost(Exception):
    """The lease ran out and another attempt owns the job now: stop, publish nothing."""


class Worded(Exception):
    """What ends a job with words for people: `gettext_noop("%(shot)s stopped the film")` and what stands in it.

    A worker knows no reader: the row keeps the English words and the page says them in the reader's language (`told`).
    """

    def __init__(self, words, **filled):
        super().__init__(words % filled if filled else words)
        self.kept = json.dumps({"words": words, **filled}, ensure_ascii=False) if filled else str(words)


class Failed(Worded):
    """The job cannot succeed, and trying again would not help."""


class NotNow(Worded):
    """Something outside is missing (room on the disk): wait, without an attempt being counted."""

    wait = timedelta(seconds=30)


def told(kept: str) -> str:
    """What a job's row says, its `note` or `error`, in the reader's language."""
    if not kept.startswith('{"words"'):
        return gettext(kept) if kept else ""
    try:
        filled = json.loads(kept)
    except ValueError:  # a text of somebody else's that only begins like ours
        return kept
    return gettext(filled.pop("words")) % filled


def served(at):
    """The queues of the workers that were heard of lately, asked for when somebody wants to know."""
    alive = Worker.objects.filter(heard_at__gte=at - HEARD).values_list("queues", flat=True)
    return SimpleLazyObject(lambda: {queue for queues in alive for queue in queues.split(",")})


def forsaken(job, at=None) -> bool:
    """Whether a job has waited for a while, and nobody is there who would do it."""
    at = at or timezone.now()
    if job.state != Job.State.WAITING or at - (job.not_before or job.created_at) <= PATIENCE:
        return False
    return job.queue not in served(at)


@dataclass(frozen=True)
class Kind:
    """A kind of job: the function that does it, its queue, how often it may be tried, who hears how it ended."""

    name: str
    function: Callable
    queue: str
    attempts: int
    ended: Callable | None = None


KINDS: dict[str, Kind] = {}


def kind(name: str, *, queue: str = "default", attempts: int = 4, ended: Callable | None = None):
    """Register a function as the one that does jobs of this kind.

    `ended(job, state)` is called when the row says done, failed or cancelled and its key is free again. A worker that is
    killed in between does not come to it: what hangs on it must be found again by a sweep.
    """

    def decorate(function):
        KINDS[name] = Kind(name, function, queue, attempts, ended)
        return function

    return decorate


def enqueue(name, *, subject=0, event=None, key="", delay=None, queue="", **arguments) -> Job | None:
    """Write a job in the current transaction and announce it on commit. None: an open one with this key exists.

    `delay` is a timedelta before which it must not start; `queue` is another one than its kind's, for a job that somebody
    waits for. `arguments` are small JSON values, never personal data.
    """
    now = database_now()
    job = row(name, subject=subject, event=event, key=key, at=now, **arguments)
    job.queue = queue or job.queue
    job.not_before = now + delay if delay else None
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        return None
    if delay is None:
        announce_on_commit(job)
    elif delay <= SOON:  # the sweeper comes by every five seconds: too late for a box that is to be locked
        transaction.on_commit(lambda: announce(job.pk, job.queue, after=delay.total_seconds()))
    return job


def row(name, *, subject=0, event=None, key="", at, **arguments) -> Job:
    """A job of this kind, not yet written."""
    chosen, bound = KINDS[name], structlog.contextvars.get_contextvars()
    return Job(
        kind=name,
        queue=chosen.queue,
        key=key or f"{name}:{subject}",
        subject=subject,
        event=event,
        arguments=arguments,
        attempts_allowed=chosen.attempts,
        announced_at=at,
        request_id=bound.get("request_id", ""),
    )


def announce_on_commit(job: Job) -> None:
    """Send the hint once the job's row is there for everybody."""
    transaction.on_commit(lambda: announce(job.pk, job.queue))


def announce(job_id: int, queue: str, *, after: float = 0) -> None:
    """Send the hint, `after` so many seconds. A broker that does not answer costs a second and no job: the sweeper sends it again."""
    from events.tasks import run_job

    try:
        run_job.apply_async((job_id,), queue=queue, retry=False, countdown=after)
    except Exception as error:  # kombu, redis, sockets, the file system: all may fail here
        log.warning("broker_unreachable", job=job_id, error=type(error).__name__)


def cancel(job: Job) -> None:
    """Ask a job to stop: a waiting one ends at once, a running one at its next sign of progress."""
    ended = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if not ended.update(state=Job.State.CANCELLED, ended_at=Now()):
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_requested_at=Now())


def retry(job: Job) -> bool:
    """Open a failed or cancelled job again, with all its attempts; False when an open one with its key exists."""
    ended = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED])
    try:
        with transaction.atomic():
            opened = ended.update(
                state=Job.State.WAITING,
                attempts_allowed=F("attempt") + KINDS[job.kind].attempts,  # the attempt itself fences: never goes back
                error="",
                cancel_requested_at=None,
                not_before=None,
                ended_at=None,
                announced_at=Now(),
            )
    except IntegrityError:
        return False
    if opened:
        transaction.on_commit(lambda: announce(job.pk, job.queue))
    return bool(opened)


class Claim:
    """A job in the hands of this worker: what its function receives."""

    def __init__(self, row: Job):
        self.row = row
        self.pk, self.subject, self.event_id, self.arguments = row.pk, row.subject, row.event_id, row.arguments
        self.attempt = row.attempt
        self.ends = time.monotonic() + settings.JOB_SECONDS[row.queue]
        self._stopped = threading.Event()

    @property
    def overdue(self) -> bool:
        """Whether the job has had all the time that its queue gives."""
        return time.monotonic() > self.ends

    @property
    def mine(self):
        return Job.objects.filter(pk=self.pk, attempt=self.attempt, state=Job.State.RUNNING)

    def still_mine(self) -> bool:
        """Whether this attempt still owns the job. Inside a transaction the row stays locked until it ends."""
        return self.mine.update(lease_ends_at=Now() + LEASE) == 1

    def hold(self) -> None:
        """Keep the job for the rest of the transaction; raises Lost when it is no longer ours."""
        if not self.still_mine():
            raise Lost

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Write how far it is and renew the lease; raises Lost or Cancelled."""
        fields = {"done": done, "total": total, "note": str(note)[:200], "lease_ends_at": Now() + LEASE}
        if not self.mine.update(**fields):
            raise Lost
        self.check()

    def check(self) -> None:
        """Raise Cancelled when somebody asked for it, or when the time is over."""
        if self.overdue or self.mine.exclude(cancel_requested_at=None).exists():
            raise Cancelled

    def should_stop(self) -> bool:
        """For loops that watch a child process: cancelled, lost, or over its time."""
        return self.overdue or not self.mine.filter(cancel_requested_at=None).exists()

    def beat(self) -> None:
        """Renew the lease every few seconds until `stop()`: for work that reports no progress.

        Not past the job's time: what hangs there loses the job to the sweeper.
        """
        while not self._stopped.wait(HEARTBEAT):
            try:
                if self.overdue or not self.still_mine():
                    return
            except Exception as error:  # the database restarts; the lease has 20 s
                log.warning("heartbeat_missed", job=self.pk, error=type(error).__name__)
            finally:
                close_old_connections()

    def stop(self) -> None:
        self._stopped.set()


def claim(job_id: int) -> Claim | None:
    """Take a waiting job: for exactly one caller."""
    ready = Q(not_before=None) | Q(not_before__lte=Now())
    taken = Job.objects.filter(ready, pk=job_id, state=Job.State.WAITING).update(
        state=Job.State.RUNNING, attempt=F("attempt") + 1, lease_ends_at=Now() + LEASE, started_at=Now(), error=""
    )
    return Claim(Job.objects.get(pk=job_id)) if taken else None


def run(job_id: int) -> None:
    """Do a job, if nobody else is at it. Every way in which it can end is written into its row."""
    job = claim(job_id)
    if job is None:
        return
    with structlog.contextvars.bound_contextvars(job=job.pk, kind=job.row.kind, request_id=job.row.request_id):
        _run(job)


def _run(job: Claim) -> None:
    keeper = threading.Thread(target=job.beat, daemon=True, name=f"lease-{job.pk}")
    keeper.start()
    try:
        KINDS[job.row.kind].function(job)
        _end(job, Job.State.DONE)
    except Cancelled:
        if job.overdue:
            _end(job, Job.State.FAILED, error=Failed(OVERDUE, n=settings.JOB_SECONDS[job.row.queue]).kept)
        else:
            _end(job, Job.State.CANCELLED)
    except Lost:
        log.warning("job_lost")
    except NotNow as reason:
        _postpone(job, reason)
    except Failed as reason:
        _end(job, Job.State.FAILED, error=reason.kept)
    except Exception as error:
        log.exception("job_crashed")
        _try_again(job, error)
    finally:
        job.stop()


def _end(job: Claim, state, error="") -> None:
    over = job.mine.update(state=state, ended_at=Now(), lease_ends_at=None, error=error[:2000])
    log.info("job_ended", state=state)
    listener = KINDS[job.row.kind].ended
    if not over or listener is None:
        return
    try:
        listener(job, state)
    except Exception:  # the job itself is over, and what follows from it is found again by a sweep
        log.exception("job_end_not_heard")


def _postpone(job: Claim, reason: NotNow) -> None:
    job.mine.update(
        state=Job.State.WAITING,
        attempts_allowed=F("attempts_allowed") + 1,
        lease_ends_at=None,
        note=reason.kept[:200],
        not_before=Now() + reason.wait,
        announced_at=Now() + reason.wait,
    )
    log.warning("job_postponed")


def _try_again(job: Claim, error) -> None:
    reason = f"{type(error).__name__}: {error}"[:2000]
    if job.attempt >= job.row.attempts_allowed:
        _end(job, Job.State.FAILED, reason)
        return
    wait = timedelta(seconds=min(60, 2**job.attempt))
    job.mine.update(
        state=Job.State.WAITING,
        lease_ends_at=None,
        note="",  # how far the attempt was is no reason to wait
        error=reason,
        not_before=Now() + wait,
        announced_at=Now() + wait,
    )


def sweep() -> int:
    """Take back jobs whose worker fell silent and announce those that nobody took; returns how many."""
    stale = Job.objects.filter(state=Job.State.RUNNING, lease_ends_at__lt=Now())
    stale.filter(cancel_requested_at__isnull=False).update(
        state=Job.State.CANCELLED, ended_at=Now(), lease_ends_at=None
    )
    stale.filter(attempt__gte=F("attempts_allowed")).update(
        state=Job.State.FAILED, ended_at=Now(), lease_ends_at=None, error=LOST_EACH_TIME
    )
    returned = stale.update(state=Job.State.WAITING, lease_ends_at=None, announced_at=None, note="")
    waiting = Job.objects.filter(state=Job.State.WAITING).filter(Q(not_before=None) | Q(not_before__lte=Now()))
    silent = waiting.filter(Q(announced_at=None) | Q(announced_at__lt=Now() - ANNOUNCE_AGAIN))
    for job_id, queue in silent.values_list("pk", "queue")[:500]:
        Job.objects.filter(pk=job_id).update(announced_at=Now())
        announce(job_id, queue)
    return returned
