"""What the dashboard shows: figures of the day, needs of all apps, jobs."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import health
from config.celery import BEAT
from events import jobs as work
from events import scenes, slots
from events.models import Attendee, CheckIn, Job, OutgoingMail, Role, Stage, Worker

MOST_NEEDS = 7
JOB_TITLES = {
    "probe_clip": gettext_lazy("Looking at a shot"),
    "make_proxy": gettext_lazy("Small copy of a shot"),
    "upscale_clip": gettext_lazy("Upscaling a shot"),
    "render_montage": gettext_lazy("Cutting the film"),
    "freeze_draw": gettext_lazy("Locking the box"),
    "compute_draw": gettext_lazy("Computing a draw"),
    "prepare_words": gettext_lazy("Words for the stage"),
    "notify_attendee": gettext_lazy("Writing to an attendee"),
    "notify_everybody": gettext_lazy("Writing to everybody"),
    "send_mail": gettext_lazy("Sending a message"),
    "notify_imported": gettext_lazy("Writing to those on a list"),
    "ask_again": gettext_lazy("Asking who comes"),
    "unpack_zip": gettext_lazy("Unpacking a team’s shots"),
    "improve_clip": gettext_lazy("A better picture of a shot"),
    "try_upscalers": gettext_lazy("Trying the qualities"),
    "hear_music": gettext_lazy("Listening to a piece of music"),
    "pack_handover": gettext_lazy("Packing the handover"),
    "cut_for_team": gettext_lazy("A team’s own cut"),
    "fetch_beacon": gettext_lazy("Waiting for the public beacon"),
}


def dashboard(request, event, at) -> dict:
    """The context of the dashboard for this person's roles."""
    needs = sorted(_needs(request, event, at), key=lambda need: -need.cost)
    return {
        "at": at,
        "needs": needs[:MOST_NEEDS],
        "more_needs": max(0, len(needs) - MOST_NEEDS),
        "door": door(event),
        "stage": stage(event, at),
        "may_host": bool(request.crew_roles & {Role.ORGANISER, Role.HOST}),
        "may_scan": bool(request.crew_roles & {Role.ORGANISER, Role.DOOR}),
        "roles": request.crew_roles,
    }


def door(event) -> dict:
    """How many came, how many hold a seat, how many wait."""
    present = CheckIn.objects.filter(attendee__event=event, undone_at=None).count()
    waiting = event.attendees.filter(status=Attendee.Status.WAITLISTED).count()
    seats = event.attendees.confirmed().count()
    return {
        "present": present,
        "seats": seats,
        "percent": 100 * present // seats if seats else 0,
        "waiting": waiting,
        "free": min(waiting, event.seats_left),
    }


def stage(event, at) -> dict:
    """What the big screen shows and whether it is alive."""
    state = Stage.objects.filter(event=event).first() or Stage(event=event)
    alive = state.heard_at is not None and at - state.heard_at < timedelta(seconds=30)
    return {"alive": alive, "lag": state.lag_ms, "scene": scenes.get(state.scene).title, "cover": state.cover}


def _needs(request, event, at) -> list[slots.Need]:
    found = list(slots.collect("needs", event, request, at))
    found += _machine_needs(event, at)
    return found


def _machine_needs(event, at) -> list[slots.Need]:
    """What is wrong with the machine room, in words for an organiser."""
    needs = []
    for name in health.TITLES:
        if problem := health.CHECKS[name]():
            needs.append(
                slots.Need(
                    "bad",
                    "alert",
                    _("The machine room: %(part)s") % {"part": health.TITLES[name]},
                    problem,
                    "/-/health/",
                    _("Look"),
                    cost=95,
                )
            )
    failed = event.jobs.filter(state=Job.State.FAILED, ended_at__gte=at - timedelta(hours=12)).count()
    if failed:
        needs.append(
            slots.Need(
                "warn",
                "refresh",
                ngettext("%(n)d job failed", "%(n)d jobs failed", failed) % {"n": failed},
                _("Each says why, and can be tried again"),
                f"/organise/{event.slug}/jobs/",
                _("Look"),
                cost=40,
            )
        )
    stuck = OutgoingMail.objects.filter(
        event=event, state=OutgoingMail.State.WAITING, created_at__lt=at - timedelta(minutes=3)
    ).count()
    if stuck:
        needs.append(
            slots.Need(
                "warn",
                "alert",
                ngettext("%(n)d mail waits", "%(n)d mails wait", stuck) % {"n": stuck},
                _("The mail server does not answer. They go out by themselves"),
                "/-/health/",
                _("Look"),
                cost=30,
            )
        )
    return needs


def jobs(event, at) -> dict:
    """The jobs of the event by state, and the workers."""
    rows = event.jobs.all()
    found = {
        "open_jobs": list(rows.filter(state__in=Job.OPEN).order_by("pk")[:100]),
        "failed_jobs": list(rows.filter(state=Job.State.FAILED)[:100]),
        "recent_jobs": list(rows.filter(state=Job.State.DONE)[:30]),
    }
    for job in (job for jobs_ in found.values() for job in jobs_):
        job.title = JOB_TITLES.get(job.kind, job.kind)  # a row may be older than this program
        job.note, job.error = work.told(job.note), work.told(job.error)
    heard = Worker.objects.filter(heard_at__gte=at - timedelta(minutes=10)).exclude(queues=BEAT)  # it does no job
    return found | {"at": at, "workers": heard}
