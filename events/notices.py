"""What an attendee hears from us when their place changes: one mail for each step, written by a job.

The request only writes the job: pages do not wait for a template, a calendar entry or a mail server.
"""

from datetime import datetime

from django.utils import translation

from events import jobs, live, mailing, passes, tickets
from events.models import Attendee, Job

WITH_CALENDAR = {"ticket", "changed"}
FIRST_WORDS = {
    "confirmed": "ticket",
    "waitlisted": "waitlisted",
    "applied": "applied",
    "offered": "offered",
    "cancelled": "cancelled",
    "expired": "expired",
    "declined": "declined",
}


def notify(attendee, what: str, *, at, **details) -> None:
    """In the transaction that changed the place: mail `templates/mail/<what>.txt`, once for each change."""
    jobs.enqueue("notify_attendee", subject=attendee.pk, event=attendee.event, **_job(attendee, what, at), **details)


def notice(attendee, what: str, *, at) -> Job:
    """The same as a row that is not yet written, for a person who is not yet, either."""
    return jobs.row("notify_attendee", event=attendee.event, at=at, **_job(attendee, what, at))


def _job(attendee, what, at) -> dict[str, str]:
    step = f"{what}:{attendee.uid}:{int(at.timestamp() * 1000)}"
    return {"key": step, "what": what, "step": step}


def nudge(attendee) -> None:
    """Tell the attendee's open pages that their place changed."""
    live.tell(attendee.event, "you", live.to(attendee), status=str(attendee.status))


@jobs.kind("notify_attendee", queue="mail")
def notify_attendee(job):
    """Write the mail of one step. Somebody who was forgotten meanwhile hears nothing."""
    attendee = Attendee.objects.select_related("event", "invited_by").filter(pk=job.subject).first()
    if attendee is None or attendee.forgotten_at:
        return
    to = reader(attendee)
    if to.forgotten_at:
        return
    details = job.arguments
    what = FIRST_WORDS[_became(attendee, details)] if details["what"] == "registered" else details["what"]
    with translation.override(to.language):
        mailing.send(
            attendee.event,
            to,
            f"mail/{what}",
            _context(attendee, what, details),
            key=details["step"],
            attachments=_attachments(attendee, what, details),
        )


def reader(attendee):
    """Who reads what is written to somebody: a guest without a contact of their own is told through their host."""
    return attendee if attendee.contact or attendee.invited_by is None else attendee.invited_by


def _became(attendee, details) -> str:
    """What the sign-up that wrote this job made of the person, whatever happened since."""
    steps = attendee.transitions.filter(was__in=["", "cancelled", "expired", "declined"])
    written = {int(step.at.timestamp() * 1000): step.became for step in steps}
    return written.get(int(details["step"].rpartition(":")[2]), attendee.status)


def _context(attendee, what, details) -> dict:
    context = {"attendee": attendee, "link": passes.link(attendee), **details}
    if "until" in details:  # of the offer itself: the attendee may have answered before this is written
        context["until"] = datetime.fromisoformat(details["until"])
    if what == "waitlisted" and attendee.status == Attendee.Status.WAITLISTED:
        context["ahead"] = attendee.people_ahead()
    return context


def _attachments(attendee, what, details) -> list:
    """A seat that is only offered is in nobody's calendar: it may run out, and there is nothing to take back."""
    if what in WITH_CALENDAR and attendee.status == Attendee.Status.CONFIRMED:
        return [tickets.calendar_file(attendee)]
    if what == "cancelled" and details.get("was") == Attendee.Status.CONFIRMED:
        return [tickets.calendar_file(attendee, cancelled=True)]
    return []
