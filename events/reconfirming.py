"""Three days and one day before, everybody with a seat is asked whether they still come. Who says no gives it back.

Silence keeps the seat: people do not read mail. Who said yes hears from us once more the day before, in a short mail: that
is when plans break. A new date asks anew, other hours of the same day do not.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import translation

from events import admission, jobs, mailing, passes, ticking
from events.db import write_gate
from events.models import Attendee, Event

STAGES = (timedelta(days=3), timedelta(days=1))
SIGNED_UP_BEFORE = timedelta(hours=12)  # who has just signed up, or said yes, is not asked


def due(event, at) -> int:
    """How many of the two questions should have been asked by now."""
    return sum(event.doors_at - at <= stage for stage in STAGES)


def is_daytime(event, at) -> bool:
    return admission.MORNING <= event.local(at).time() < admission.EVENING


def ask(event, *, at) -> bool:
    """Ask the question that is due, once, by day; True when it was asked now."""
    stage = due(event, at)
    if not event.asks_again or event.asked_again >= stage or not is_daytime(event, at) or at >= event.doors_at:
        return False
    with write_gate(), transaction.atomic():
        if not Event.objects.filter(pk=event.pk, asked_again__lt=stage).update(asked_again=stage):
            return False
        jobs.enqueue(
            "ask_again",
            subject=event.pk,
            event=event,
            key=f"ask_again:{event.pk}:{stage}:{event.revision}",
            stage=stage,
            revision=event.revision,
            before=(at - SIGNED_UP_BEFORE).isoformat(),
        )
    return True


@jobs.kind("ask_again", queue="mail")
def ask_again(job):
    """Write to everybody with a seat, but not to who has just said that they come; started again it goes on where it
    stopped.
    """
    event, stage, revision = Event.objects.get(pk=job.subject), job.arguments["stage"], job.arguments["revision"]
    before = job.arguments["before"]
    people = event.attendees.confirmed().filter(forgotten_at=None, created_at__lt=before)
    people = list(people.exclude(coming_at__gte=before).select_related("invited_by"))
    for done, attendee in enumerate(people, 1):
        attendee.event = event
        Attendee.objects.filter(pk=attendee.pk).update(asked_at=job.row.created_at)
        to = attendee if attendee.contact else attendee.invited_by
        if to is not None and to.forgotten_at is None:
            with translation.override(to.language):
                mailing.send(
                    event,
                    to,
                    "mail/coming",
                    {
                        "attendee": attendee,
                        "link": f"{passes.link(attendee)}?then=coming",
                        "last": stage == len(STAGES),
                    },
                    key=f"coming:{attendee.uid}:{revision}:{stage}",
                )
        if done % 20 == 0 or done == len(people):
            job.progress(done, len(people))


def answer(attendee, coming: bool, *, at, note="") -> bool:
    """What the person said, or their host (`note`); False when they hold no seat any more."""
    if not coming:
        return admission.cancel(attendee, at=at, note=", ".join(filter(None, ("does not come", note))))
    with write_gate():
        return Attendee.objects.filter(pk=attendee.pk, status=Attendee.Status.CONFIRMED).update(coming_at=at) == 1


def is_another_day(event, before) -> bool:
    """Whether the event, which read as `before`, is on another date now, where it takes place."""
    return event.local(event.starts_at).date() != before.local(before.starts_at).date()


def start_over(event, *, at) -> None:
    """The date was moved: earlier answers were about another day."""
    Event.objects.filter(pk=event.pk).update(asked_again=0)
    event.attendees.update(coming_at=None, asked_at=None)


@ticking.every_tick
def ask_everywhere(at):
    """The beat asks; nobody has to think of it."""
    soon = Event.objects.published().filter(
        asks_again=True, cancelled_at=None, ended_at=None, doors_at__gt=at, doors_at__lte=at + STAGES[0]
    )
    for event in soon.filter(asked_again__lt=len(STAGES)):
        ask(event, at=at)
