"""A person's data: handed out whole, or removed. Proofs, counts and places in the film stay, without the person."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from events import admission, questions, ticking
from events.db import write_gate
from events.models import Attendee, Event, OutgoingMail
from events.models.event import FORGOTTEN_AFTER

_also: list[Callable] = []
_exports: list[Callable] = []


def also_forget(function):
    """Register `function(attendee)`: an app removes what it knows of the person."""
    _also.append(function)
    return function


def also_export(function):
    """Register `function(attendee) -> dict`: an app adds what it knows to the person's export."""
    _exports.append(function)
    return function


def export(attendee) -> dict:
    """Everything that we hold about a person, as plain values."""
    fields = (
        "number",
        "code",
        "name",
        "contact",
        "language",
        "about",
        "wish",
        "newcomer",
        "status",
        "carriage",
        "seat",
        "photos_ok",
        "directory_ok",
        "sponsors_ok",
        "credits_ok",
    )
    found = {name: getattr(attendee, name) for name in fields}
    found["event"] = attendee.event.title
    found["registered"] = attendee.created_at.isoformat()
    found["changes"] = [[row.at.isoformat(), row.was, row.became] for row in attendee.transitions.all()]
    found["check_ins"] = [row.at.isoformat() for row in attendee.check_ins.all()]
    found["answers"] = dict(questions.answered(attendee.event, attendee.answers))
    for function in _exports:
        found |= function(attendee)
    return found


def readable(attendee) -> list[tuple[str, object]]:
    """The person's own entries with their names, for the page."""
    names = (
        "number",
        "name",
        "contact",
        "about",
        "wish",
        "status",
        "carriage",
        "seat",
        "photos_ok",
        "directory_ok",
        "sponsors_ok",
        "credits_ok",
    )
    rows = []
    for name in names:
        field, value = Attendee._meta.get_field(name), getattr(attendee, name)
        if field.choices:  # type: ignore[union-attr]
            value = dict(field.flatchoices).get(value, value)  # type: ignore[union-attr]
        if isinstance(value, bool):
            value = _("yes") if value else _("no")
        rows.append((field.verbose_name, value))  # type: ignore[union-attr]
    rows += questions.answered(attendee.event, attendee.answers)  # type: ignore[arg-type]
    return rows  # type: ignore[return-value]


def forget(attendee, *, at) -> None:
    """Remove the person: name, contact, words, mails, links. A seat that they hold goes to the next in line.

    Whoever is inside stays counted there, and the chair under them is given to nobody.
    """
    lasts = not attendee.event.is_over(at)
    left = lasts and admission.cancel(attendee, at=at, note="forgotten")
    with write_gate(), transaction.atomic():
        Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)  # as at the door: the row, then the counter
        for function in _also:
            function(attendee)
        to_them = Q(attendee=None, to__iexact=attendee.contact) if attendee.contact else Q()  # a log-in code, say
        OutgoingMail.objects.filter(Q(attendee=attendee) | to_them).delete()
        user = attendee.user
        Attendee.objects.filter(pk=attendee.pk).update(
            name="—",
            contact="",
            contact_kind=Attendee.Contact.NONE,
            about="",
            answers={},
            user=None,
            heard_at=None,
            photos_ok=False,
            directory_ok=False,
            sponsors_ok=False,
            credits_ok=False,
            forgotten_at=at,
            link_version=F("link_version") + 1,
        )
        if user and not user.crew.exists() and not user.is_staff and not user.attendances.exists():
            user.delete()
    if lasts and not left:  # who was inside may have been sent back out before the door knew of this: once more
        admission.cancel(Attendee.objects.select_related("event").get(pk=attendee.pk), at=at, note="forgotten")


@ticking.every_tidy
def forget_when_promised(at):
    """Each event has a day on which personal data goes (`Event.forgets_at`)."""
    unnamed = Q(forget_at=None, ends_at__lt=at - FORGOTTEN_AFTER)
    for event in Event.objects.filter(Q(forget_at__lt=at) | unnamed, attendees__forgotten_at=None).distinct():
        for attendee in event.attendees.filter(forgotten_at=None):
            forget(attendee, at=at)


@ticking.every_tidy
def empty_old_mails(at):
    """What was written to nobody's ticket (codes, the next stop) is emptied; the row stays: its key sends nothing twice."""
    old = OutgoingMail.objects.filter(attendee=None, created_at__lt=at - FORGOTTEN_AFTER).exclude(to="")
    old.exclude(state=OutgoingMail.State.WAITING).update(to="", subject="", body="", attachments=[])
