"""How a place came to its end, as the page of its ticket tells the person: what happened, and who did it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from events.models import Attendee, Transition

Status = Attendee.Status


@dataclass(frozen=True)
class Ending:
    """A heading, and a sentence below it."""

    heading: str
    sentence: str


def of(attendee) -> Ending:
    """The end of a place that is cancelled, declined or expired: its last step in the log knows."""
    step = attendee.transitions.order_by("pk").last()
    if step is None or step.became != attendee.status:  # nothing is claimed that no row says
        return Ending(_("This place was given up"), _("This ticket no longer opens the door."))
    return {Status.CANCELLED: _cancelled, Status.DECLINED: _declined}.get(step.became, _expired)(step)


def _cancelled(step) -> Ending:
    closed = _("This ticket no longer opens the door.")
    if step.by_crew:
        return Ending(_("The organiser took your place back"), closed)
    if step.note.endswith(Transition.BY_HOST):
        return Ending(_("The person who brings you gave up your place"), closed)
    if step.was == Status.WAITLISTED:
        return Ending(_("You left the line"), _("No seat is looked for any more."))
    if step.was == Status.APPLIED:
        return Ending(_("You took your application back"), _("No seat is looked for any more."))
    return Ending(_("You gave up your place"), closed)


def _declined(step) -> Ending:
    if step.by_crew:
        return Ending(_("No seat this time"), _("The organiser cannot give you a seat this time."))
    said_no = _("The person who brings you said no to the seat") if step.note.endswith(Transition.BY_HOST) else ""
    return Ending(said_no or _("You said no to the seat"), _("It went to the next person."))


def _expired(step) -> Ending:
    return Ending(_("The seat went to the next person"), _("Nobody answered in time."))
