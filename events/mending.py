"""A mistyped contact, put right by an organiser: what was written went to nobody, or to a stranger."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from events import mailing, notices
from events.db import write_gate
from events.models import Attendee, Transition

Status = Attendee.Status
CHANGED = "contact changed"  # as the log says it; it names no address


class Taken(Exception):
    """Somebody else has signed up with this contact."""


def change_contact(attendee, kind, contact, *, at, by) -> bool:
    """Reach this person by another contact from now on; False when it is theirs already. Raises Taken.

    What they have is written to the new one. A link that was written to the old one, and an account that opens by its
    mail, stop working; where nothing can be written to the new one, the old link goes on: there would be no other.
    """
    try:
        with write_gate(), transaction.atomic():
            person = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
            if person.forgotten_at or person.contact == contact or not can_be_changed(person):
                return False
            _change(person, kind, contact, at, by)
    except IntegrityError:
        raise Taken from None
    attendee.refresh_from_db()
    return True


def _change(person, kind, contact, at, by) -> None:
    old, was_mail, user = person.contact, person.contact_kind == Attendee.Contact.MAIL, person.user
    reached = is_reached(kind)
    person.contact, person.contact_kind, person.user = contact, kind, None
    person.link_version += int(reached)
    person.save(update_fields=["contact", "contact_kind", "user", "link_version"])
    if user and not user.crew.exists() and not user.is_staff and not user.attendances.exists():
        user.delete()  # it was made for the old address
    Transition.objects.create(attendee=person, was=person.status, became=person.status, at=at, by=by, note=CHANGED)
    more = {"until": person.offer_ends_at.isoformat()} if person.offer_ends_at else {}
    notices.notify(person, notices.FIRST_WORDS[person.status], at=at, **more)
    if was_mail and old:
        _tell_the_old(person, old, at, ended=reached)


def _tell_the_old(person, old, at, *, ended) -> None:
    """In both languages: nobody knows who reads it. Without a name, a link or the new address."""
    text = render_to_string("mail/contact_changed.txt", {"event": person.event, "ended": ended}).strip()
    subject, _separator, body = text.partition("\n")
    step = f"contact:{person.uid}:{int(at.timestamp() * 1000)}"
    mailing.write(key=step, to=old, subject=subject, body=body.strip(), event=person.event, attendee=person)


def is_reached(kind) -> bool:
    """Whether anything can be written to a contact of this kind."""
    return kind == Attendee.Contact.MAIL or bool(settings.SMS_GATEWAY_URL)


def can_be_changed(attendee) -> bool:
    """Whoever has left is written to no more: they sign up again."""
    return attendee.status not in {Status.CANCELLED, Status.DECLINED, Status.EXPIRED}
