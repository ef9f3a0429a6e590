"""One person, as the organiser sees them: what they said, every step of their place, every mail."""

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import questions
from events.access import crew_only
from events.models import Attendee, Transition

Status = Attendee.Status
BY_ITSELF = {Status.OFFERED, Status.EXPIRED}
NOTES = {  # as the log keeps them: what a page of each language says
    "at the door": gettext_lazy("at the door"),
    "does not come": gettext_lazy("does not come"),
    "offer ran out": gettext_lazy("the offer ran out"),
    "walk-in": gettext_lazy("without a ticket, at the door"),
}


@crew_only()
def person(request, event, attendee):
    """The log of their place: when, what, who; and what was written to them."""
    someone = get_object_or_404(event.attendees.filter(forgotten_at=None).select_related("invited_by"), pk=attendee)
    steps = [
        {
            "at": step.at,
            "was": dict(Status.choices).get(step.was, ""),
            "became": step.get_became_display(),
            "who": _who(step),
            "note": _note(step.note),
        }
        for step in someone.transitions.select_related("by")
    ]
    context = {
        "person": someone,
        "steps": steps,
        "mails": someone.mails.order_by("pk"),
        "said": questions.answered(event, someone.answers),
        "inside": someone.check_in,
    }
    return render(request, "events/person.html", context)


def _note(note: str):
    note = note.removesuffix(Transition.BY_HOST).removesuffix(", ")  # who it was stands beside it
    return _("from an imported list") if note.startswith("import ") else NOTES.get(note, note)


def _who(step) -> str:
    if step.by is not None:
        return str(step.by)
    if step.by_crew:
        return _("the crew")  # whose account is gone
    if step.note.endswith(Transition.BY_HOST):
        return _("their host")
    return _("by itself") if step.became in BY_ITSELF else _("the person")
