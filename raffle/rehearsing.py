"""The rehearsal: the whole show on a copy of the event with made-up people.

The copy has a raffle, a log and a stage of its own, so nothing of it can touch the real one; its people have no contact
and no device. They add numbers and answer by themselves, as time goes on; some do not answer. Ending it removes it all.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from events import ticking
from events.db import write_gate
from events.models import Attendee, CheckIn, CrewMember, Event, Scan, Stage
from raffle import drawing, entering, protocol
from raffle.models import Draw, Entrant, LogRecord, ModelCall, Prize, Raffle, Rehearsal

FIRST_NUMBER = 30_000  # of the stops that are rehearsals: far behind the real ones of a series
FEWEST, MOST = 24, 130
LASTS = timedelta(hours=12)
ANSWER = 205  # of 256 people answer when they are called
FAMILY = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
GIVEN = ["小满", "一禾", "星野", "可乐", "南北", "阿木", "知夏", "听雨", "大川", "十一"]
ALONE = ["Kevin", "豆包侠", "Ada", "阿飞", "Lin", "不睡觉的猫", "Zoe", "打工人01", "Max", "海盐汽水"]
KEPT = ("delay", "delay_fixed", "claim_ms", "countdown_ms", "calibrated_at", "weighted", "committed", "beacon", "tone")


def of(event) -> Event | None:
    """The copy on which this event is being rehearsed, or None."""
    found = Rehearsal.objects.filter(event=event).select_related("copy").first()
    return found.copy if found else None


def is_copy(event) -> bool:
    return Rehearsal.objects.filter(copy=event).exists()


def begin(event, *, by, at) -> Event:
    """The copy to rehearse on: its crew, its prizes, made-up people who all came. A second call gives the same one."""
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).get(pk=event.pk)
        known = of(event)
        if known is not None:
            return known
        copy = _copy(event, at)
        Rehearsal.objects.create(event=event, copy=copy, begun_at=at, begun_by=by)
        raffle = entering.raffle_of(copy, at=at)
        real = Raffle.objects.filter(event=event).values(*KEPT).first()  # read only: its log begins without us
        if real is not None:
            Raffle.objects.filter(pk=raffle.pk).update(**real)
        _people(copy, raffle, max(FEWEST, min(MOST, event.attendees.confirmed().count())), at)
        for prize in event.prizes.order_by("pk"):
            prize.pk, prize.event, prize.at_hand_at = None, copy, at
            prize.save()
        Stage.objects.create(event=copy, scene="pot", shown_at=at)
    return copy


def _copy(event, at) -> Event:
    number = FIRST_NUMBER
    while Event.objects.filter(series=event.series, number=number).exists():
        number += 1
    copy = Event.objects.get(pk=event.pk)
    copy.pk = None
    copy.number, copy.code = number, secrets.token_hex(4).upper()
    copy.slug = f"{event.slug[:30]}-rehearsal-{secrets.token_hex(3)}"
    copy.title = _("Rehearsal: %(title)s") % {"title": event.title[:60]}
    copy.title_en = event.title_en and f"Rehearsal: {event.title_en[:100]}"
    copy.doors_at, copy.starts_at, copy.ends_at = at, at, at + LASTS
    copy.published_at = copy.ended_at = copy.cancelled_at = copy.forget_at = None  # a draft: its crew alone sees it
    copy.taken = copy.tickets_issued = 0
    copy.save()
    for member in CrewMember.objects.filter(event=event):
        CrewMember.objects.create(event=copy, user=member.user, role=member.role)
    return copy


def _people(copy, raffle, count, at) -> None:
    """Made-up people with seats, all of them in the room, each with an id whose secret nobody keeps."""
    rows = []
    for n in range(count):
        name = ALONE[n // 9 % len(ALONE)] if n % 9 == 4 else FAMILY[n % len(FAMILY)] + GIVEN[n // 2 % len(GIVEN)]
        car, seat = divmod(n, copy.seats_per_carriage)
        place = {"carriage": car + 1, "seat": seat + 1} if car < copy.carriages else {}
        rows.append(
            Attendee(
                event=copy, number=n + 1, name=name, contact_kind="none", status=Attendee.Status.CONFIRMED, **place
            )
        )
    people = Attendee.objects.bulk_create(rows)
    CheckIn.objects.bulk_create(CheckIn(attendee=person, at=at) for person in people)
    Entrant.objects.bulk_create(
        Entrant(raffle=raffle, attendee=person, eid=secrets.token_hex(16), on_paper=True) for person in people
    )
    Event.objects.filter(pk=copy.pk).update(taken=min(count, copy.capacity), tickets_issued=count)


def end(event) -> bool:
    """Remove the copy with all that happened on it; True when there was one."""
    with write_gate(), transaction.atomic():
        copy = of(event)
        if copy is None:
            return False
        ModelCall.objects.filter(event=copy).update(event=event)  # what was spent was spent for the real one
        LogRecord.objects.filter(raffle__event=copy).delete()  # the database lets a rehearsal's go, and no other
        QuerySet(Scan).filter(event=copy).delete()
        Raffle.objects.filter(event=copy).delete()  # its draws hold the prizes
        Prize.objects.filter(event=copy).delete()
        copy.delete()
    return True


def play(raffle, *, at) -> None:
    """The made-up people do what is theirs: add a number each while the box is open, answer when they are called."""
    draw = drawing.current(raffle)
    if draw is None or not is_copy(raffle.event):
        return
    if draw.state == Draw.State.OPEN:
        _contribute(draw, at)
    for call in drawing.calling(draw) if draw.revealed_at else ():
        answers, after = _dice(draw, draw.order[call.rank - 1])
        if answers and at >= call.at + timedelta(seconds=3 + 9 * after):
            drawing.claim(draw, call.rank, at=at, by="phone")


def _contribute(draw, at) -> None:
    sent = set(draw.contributions.values_list("entrant_id", flat=True))
    for entrant in Entrant.objects.filter(raffle=draw.raffle, eid__in=[eid for eid, _weight in draw.pool]):
        _answers, after = _dice(draw, entrant.eid)
        due = draw.opened_at + (draw.close_at - draw.opened_at) * 0.9 * after
        if at >= due and entrant.pk not in sent:
            try:
                drawing.contribute(draw, entrant, secrets.token_hex(32), at=at)
            except Draw.TooLate:
                return


def _dice(draw, eid) -> tuple[bool, float]:
    """Whether this made-up person answers in this draw, and how slow they are (0 … 1)."""
    digest = protocol.sha(f"{draw.number}/{eid}".encode())
    return digest[0] < ANSWER, digest[1] / 255


@ticking.every_tick
def play_on(at):
    """In case that no page of the stage is open."""
    for row in Rehearsal.objects.select_related("copy"):
        raffle = Raffle.objects.filter(event=row.copy).select_related("event").first()
        if raffle is not None:
            play(raffle, at=at)


@ticking.every_tidy
def end_forgotten(at):
    """A rehearsal that nobody ended is removed after half a day."""
    for row in Rehearsal.objects.filter(begun_at__lt=at - LASTS).select_related("event"):
        end(row.event)
