"""Carriage and seat: everybody gets one with their place, spread evenly over the train."""

from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from events import live
from events.db import write_gate
from events.models import Attendee, SeatPin

DEALT_BEFORE = timedelta(days=2)  # earlier, most people have not signed up


def place_number(event, index: int) -> tuple[int, int]:
    """The carriage and seat of the index-th person when the train fills evenly: one in each carriage, then again."""
    return index % event.carriages + 1, index // event.carriages + 1


def next_place(event, taken: int) -> tuple[int, int] | None:
    """The place of the person who just took the `taken`-th seat while nobody has left; None past the last carriage."""
    carriage, seat = place_number(event, max(0, taken - 1))
    return (carriage, seat) if seat <= event.seats_per_carriage else None


def free_place(event, taken: int) -> tuple[int, int] | None:
    """The same after people have left: the guess if it is free, else a place in the emptiest carriage."""
    guess = next_place(event, taken)
    if guess and not event.attendees.filter(carriage=guess[0], seat=guess[1]).exists():
        return guess
    return next(iter(free_places(event)), None)


def free_places(event) -> list[tuple[int, int]]:
    """Every free (carriage, seat), the emptiest carriages first, so that no table begins with one lonely person."""
    used = set(event.attendees.filter(seat__isnull=False).values_list("carriage", "seat"))
    load = Counter(carriage for carriage, _seat in used)
    places = [
        (carriage, seat)
        for carriage in range(1, event.carriages + 1)
        for seat in range(1, event.seats_per_carriage + 1)
        if (carriage, seat) not in used
    ]
    return sorted(places, key=lambda place: (load[place[0]], place))


def give_place(attendee) -> bool:
    """Give a carriage and seat to an attendee who has none; False when the train has no free one left.

    Two at once may choose the same place: the database refuses the second, who takes the next.
    """
    if attendee.seat is not None:
        return True
    return any(move(attendee, *place) for place in free_places(attendee.event)[:50])


def move(attendee, carriage: int, seat: int) -> bool:
    """Put somebody at a place; False when somebody sits there."""
    try:
        with transaction.atomic():
            Attendee.objects.filter(pk=attendee.pk).update(carriage=carriage, seat=seat)
    except IntegrityError:
        return False
    attendee.carriage, attendee.seat = carriage, seat
    return True


def fit(event) -> int:
    """The train got another shape: whoever sits where no place is any more gets one; returns how many moved."""
    outside = (Q(carriage__gt=event.carriages) | Q(seat__gt=event.seats_per_carriage)) & Q(seat__isnull=False)
    with write_gate(), transaction.atomic():
        type(event).objects.select_for_update(no_key=True).only("pk").get(pk=event.pk)
        people = list(event.attendees.filter(outside).order_by("number"))
        for person in people:
            leave_place(person)
        without = event.attendees.confirmed().filter(seat=None, forgotten_at=None)
        for person in without.order_by("number"):  # a longer train also seats those who had none
            person.event = event
            give_place(person)
            people.append(person)
        told = {person.pk: person for person in people}.values()
        if told:
            live.tell_all(event, [*(("you", live.to(one), {}) for one in told), ("train", "all", {})])
    return len(told)


def leave_place(attendee) -> None:
    """Free the carriage and seat of somebody who gives their place up; a hand that once put them there is forgotten."""
    SeatPin.objects.filter(attendee_id=attendee.pk).delete()
    Attendee.objects.filter(pk=attendee.pk).update(carriage=None, seat=None)
    attendee.carriage = attendee.seat = None


def balance(traits: dict[int, tuple[Hashable, ...]], room: dict[int, int], settled: Iterable[tuple[int, int]] = ()):
    """Deal people over carriages so that each has as even a mix as can be: `{person: carriage}`.

    `traits` are what people said (newcomer, trade, wish), in the order in which they matter; `room` the free seats of
    each carriage; `settled` pairs (person, carriage) of `traits` who stay where they are. The rarest are dealt first,
    each to the carriage that has the fewest like them.
    """
    dealt = dict(settled)
    load: Counter = Counter(dealt.values())
    alike: Counter = Counter()
    for person, carriage in dealt.items():
        alike.update((carriage, *trait) for trait in enumerate(traits[person]))
    left = dict(room)
    common = Counter(trait for said in traits.values() for trait in enumerate(said))
    waiting = [person for person in traits if person not in dealt]
    waiting.sort(key=lambda person: (min((common[trait] for trait in enumerate(traits[person])), default=0), person))
    for person in waiting:
        open_ = [carriage for carriage, seats in left.items() if seats > 0]
        if not open_:
            break
        least = min(load[carriage] for carriage in open_)
        open_ = [carriage for carriage in open_ if load[carriage] == least]
        said = list(enumerate(traits[person]))
        best = min(open_, key=lambda at: ([alike[at, *trait] for trait in sorted(said, key=lambda t: common[t])], at))
        dealt[person] = best
        load[best] += 1
        left[best] -= 1
        alike.update((best, *trait) for trait in said)
    return dealt


def deal(event, *, at) -> int:
    """Deal the seats anew, evenly by what people said; returns how many got another place.

    Who is inside sits already, whom the organiser placed stays, nobody without a seat is forgotten.
    """
    with write_gate(), transaction.atomic():
        type(event).objects.select_for_update(no_key=True).only("pk").get(pk=event.pk)
        people = list(event.attendees.confirmed().select_related("card", "seat_pin").order_by("pk"))
        inside = set(event.attendees.present().values_list("pk", flat=True))
        stay = {p.pk for p in people if p.seat is not None and (p.pk in inside or hasattr(p, "seat_pin"))}
        held = {(p.carriage, p.seat) for p in event.attendees.filter(seat__isnull=False) if p.pk in stay}
        held |= set(
            event.attendees.exclude(status=Attendee.Status.CONFIRMED)
            .filter(seat__isnull=False)
            .values_list("carriage", "seat")
        )
        seats = range(1, event.seats_per_carriage + 1)
        free = {
            carriage: [seat for seat in seats if (carriage, seat) not in held]
            for carriage in range(1, event.carriages + 1)
        }
        settled = [(p.pk, p.carriage) for p in people if p.pk in stay]
        dealt = balance({p.pk: _said(p) for p in people}, {car: len(left) for car, left in free.items()}, settled)
        type(event).objects.filter(pk=event.pk).update(dealt_at=at)
        return _place(event, [p for p in people if p.pk not in stay], dealt, free)


def waits_to_be_dealt(event, at) -> bool:
    """Whether nobody has dealt the seats, most people are here, the doors are not open, and what they said differs."""
    if event.dealt_at is not None or not event.doors_at - DEALT_BEFORE <= at < event.doors_at or event.carriages < 2:
        return False
    said = event.attendees.confirmed().order_by().values_list("newcomer", "wish", "card__trade")
    return len(said.distinct()[:2]) > 1


def _said(person) -> tuple:
    card = getattr(person, "card", None)
    return (person.newcomer, card.trade if card else "", person.wish)


def _place(event, people, dealt, free) -> int:
    was = {p.pk: (p.carriage, p.seat) for p in people}
    Attendee.objects.filter(pk__in=was).update(carriage=None, seat=None)
    for person in people:
        carriage = dealt.get(person.pk)
        person.carriage, person.seat = (carriage, free[carriage].pop(0)) if carriage else (None, None)
    Attendee.objects.bulk_update(people, ["carriage", "seat"], batch_size=200)
    moved = [p for p in people if (p.carriage, p.seat) != was[p.pk]]
    if moved:
        live.tell_all(event, [*(("you", live.to(p), {"seat": p.seat}) for p in moved), ("train", "all", {})])
    return len(moved)


def put(attendee, carriage: int, seat: int, *, at, by) -> bool:
    """The organiser puts somebody at a place and they stay there; whoever sat there takes the place that becomes free.

    False for a place that the train does not have, and for somebody who has given up theirs.
    """
    event = attendee.event
    if not (1 <= carriage <= event.carriages and 1 <= seat <= event.seats_per_carriage):
        return False
    with write_gate(), transaction.atomic():
        type(event).objects.select_for_update(no_key=True).only("pk").get(pk=event.pk)
        attendee.refresh_from_db(fields=["carriage", "seat", "status"])
        if attendee.status != Attendee.Status.CONFIRMED:  # given up a moment ago
            return False
        was = attendee.carriage, attendee.seat
        sitting = event.attendees.filter(carriage=carriage, seat=seat).exclude(pk=attendee.pk).first()
        Attendee.objects.filter(pk=attendee.pk).update(carriage=None, seat=None)
        if sitting is not None:
            Attendee.objects.filter(pk=sitting.pk).update(carriage=was[0], seat=was[1])
            SeatPin.objects.filter(attendee=sitting).delete()  # nobody chose the place that they get now
        Attendee.objects.filter(pk=attendee.pk).update(carriage=carriage, seat=seat)
        attendee.carriage, attendee.seat = carriage, seat
        SeatPin.objects.update_or_create(attendee=attendee, defaults={"by": by, "at": at})
        told = [attendee, *([sitting] if sitting else [])]
        live.tell_all(event, [*(("you", live.to(one), {}) for one in told), ("train", "all", {})])
    return True
