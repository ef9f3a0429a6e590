"""One person, as the organiser sees them: what they said, every step of their place, every mail."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from events import contacts, mending, questions
from events.access import crew_only
from events.models import Attendee, Transition

Status = Attendee.Status
BY_ITSELF = {Status.OFFERED, Status.EXPIRED}
NOTES = {  # as the log keeps them: what a page of each language says
    "at the door": gettext_lazy("at the door"),
    mending.CHANGED: gettext_lazy("contact changed"),
    "does not come": gettext_lazy("does not come"),
    "offer ran out": gettext_lazy("the offer ran out"),
    "walk-in": gettext_lazy("without a ticket, at the door"),
}


@crew_only()
def person(request, event, attendee):
    """The log of their place: when, what, who; and what was written to them."""
    return _page(request, event, _someone(event, attendee))


@require_POST
@crew_only()
def change_contact(request, event, attendee):
    """A slip in the address: nobody but an organiser can mend it, for what we write does not arrive."""
    someone, typed = _someone(event, attendee), request.POST.get("contact", "")[:300]
    try:
        kind, contact = contacts.read_contact(typed)
        changed = mending.change_contact(someone, kind, contact, at=timezone.now(), by=request.user)
    except ValidationError as problem:
        return _page(request, event, someone, status=422, typed=typed, problem=" ".join(problem.messages))
    except mending.Taken:
        words = _("Somebody else has signed up with this contact.")
        return _page(request, event, someone, status=422, typed=typed, problem=words)
    if changed:
        there = _("Changed. What they have goes to the new contact.")
        nowhere = _("Changed. No message can be sent to it: the link that they have goes on.")
        messages.success(request, there if mending.is_reached(kind) else nowhere)
    return redirect("events:person", event.slug, someone.pk)


def _someone(event, attendee):
    return get_object_or_404(event.attendees.filter(forgotten_at=None).select_related("invited_by"), pk=attendee)


def _page(request, event, someone, status=200, **more):
    steps = [
        {
            "at": step.at,
            "was": dict(Status.choices).get(step.was, "") if step.was != step.became else "",
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
        "mendable": mending.can_be_changed(someone),
        **more,
    }
    return render(request, "events/person.html", context, status=status)


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
