"""When an organiser changes the event: seats go to the line, calendars and attendees learn of a new time or place."""

from collections import defaultdict

from django.db import transaction
from django.db.models import F
from django.utils import translation

from events import admission, jobs, live, mailing, notices, passes, reconfirming, seating, slots, tickets
from events.models import Attendee, Event

TELLING = (
    "starts_at", "ends_at", "doors_at", "venue", "venue_en", "address", "address_en", "timezone", "cancelled_at"
)  # fmt: skip
NAMING = (  # stand in the calendar, too; nobody is written to for them
    "title", "title_en", "city", "city_en", "address_is_public"
)  # fmt: skip


def saved(event, before, *, at) -> None:
    """After an event was saved that read as `before` (an Event, or None for a new one): do what people would expect."""
    if before is None:
        return
    if (event.carriages, event.seats_per_carriage) != (before.carriages, before.seats_per_carriage):
        seating.fit(event)
    if event.capacity != before.capacity:
        admission.offer_free_seats(event, at=at)
    if event.published_at is None or not _differs(event, before, (*TELLING, *NAMING)):
        return
    if not _differs(event, before, TELLING):  # who opens the calendar entry again has the newer one
        Event.objects.filter(pk=event.pk).update(revision=F("revision") + 1)
        event.refresh_from_db(fields=["revision"])
        return
    if reconfirming.is_another_day(event, before):
        reconfirming.start_over(event, at=at)
    called_off = event.cancelled_at is not None and before.cancelled_at is None
    with transaction.atomic():
        Event.objects.filter(pk=event.pk).update(revision=F("revision") + 1)
        event.refresh_from_db(fields=["revision"])
        what = "called_off" if called_off else "changed"
        jobs.enqueue(
            "notify_everybody",
            subject=event.pk,
            event=event,
            key=f"{what}:{event.pk}:{event.revision}",
            what=what,
            revision=event.revision,
        )
        live.tell(event, "programme")


def _differs(event, before, names) -> bool:
    return any(getattr(event, name) != getattr(before, name) for name in names)


def _brought(people) -> dict[int, list]:
    """Of each host the guests who are written to through them: their calendar entries lie in the host's calendar."""
    found: dict[int, list] = defaultdict(list)
    for person in people:
        if notices.reader(person) is not person:
            found[person.invited_by_id].append(person)
    return found


@jobs.kind("notify_everybody", queue="mail")
def notify_everybody(job):
    """Write to everybody with a place or in line, each in their language; started again it goes on where it stopped."""
    what, revision = job.arguments["what"], job.arguments["revision"]
    event = Event.objects.get(pk=job.subject)
    people = list(event.attendees.expecting().select_related("invited_by"))
    for attendee in people:
        attendee.event = event
    hosts, brought = {person.pk for person in people}, _brought(people)
    for done, attendee in enumerate(people, start=1):
        to = notices.reader(attendee)
        if to is not attendee and to.pk in hosts:  # a guest: their host is told once, with the ticket of their own
            continue
        with translation.override(to.language):
            files = [
                tickets.calendar_file(person, cancelled=what == "called_off")
                for person in (attendee, *brought[attendee.pk])
                if person.status == Attendee.Status.CONFIRMED
            ]
            mailing.send(
                event,
                to,
                f"mail/{what}",
                {"link": passes.link(attendee), "attendee": attendee},
                key=f"{what}:{attendee.uid}:{revision}",
                attachments=files,
            )
        if done % 20 == 0 or done == len(people):
            job.progress(done, len(people))
    slots.collect(f"event_{what}", event, None, job.row.created_at)  # whom other apps know: each writes once a revision
