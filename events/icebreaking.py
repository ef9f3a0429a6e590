"""Breaking the ice: who sits at the table, one card at a time, "met" when both say so, contacts when both agree."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from events import forgetting, live
from events.db import write_gate
from events.models import Attendee, Icebreaker, IntroCard, Meeting


@dataclass(frozen=True)
class Acquaintance:
    """Somebody as one attendee sees them: did both meet, did I or they say so, is there a contact for me."""

    person: Attendee
    card: IntroCard | None
    met: bool = False
    i_said: bool = False
    they_said: bool = False
    i_share: bool = False
    they_share: bool = False
    contact: str = ""  # only when both share, and for whoever still has their place

    @property
    def alone(self):
        return bool(self.card and self.card.alone)


def house_cards() -> list[str]:
    """The house's prompts, in the page's language."""
    return [
        _("Find somebody in your car who has used the same model as you. Ask what they got done with it."),
        _("Ask your neighbour which job they would never give to an AI."),
        _("Find somebody who came from another city. What made the journey worth it?"),
        _("Tell each other the best thing that you made with AI this year, in one sentence."),
        _("Find somebody who can do what you cannot: writing, pictures, code, money."),
        _("What would you build if it took one afternoon? Find somebody who wants it too."),
        _("Who of you has been here the longest, who came today for the first time? Swap seats for a minute."),
        _("Show each other the last picture that an AI made for you. What did you ask for?"),
        _("Which tool did you give up this year? Find out whether your neighbour still uses it."),
        _("Find the person in your car whose work is furthest from yours. Explain yours in three sentences."),
    ]


def cards(event) -> list[str]:
    """The organiser's own cards, else the house's."""
    from events.templatetags import house

    return [house.said(prompt, "text") for prompt in event.prompts.all()] or house_cards()


def breaker_of(event) -> Icebreaker:
    """The beat of the event; from the opening of the doors while no host has laid a card."""
    return Icebreaker.objects.filter(event=event).first() or Icebreaker(event=event, begun_at=event.doors_at)


def next_at(event, at: datetime) -> datetime:
    """When the cards change by themselves."""
    return breaker_of(event).next_at(at)


def next_beat(event, *, at: datetime) -> int:
    """The host lays the next card on every table, now; returns its number."""
    with write_gate(), transaction.atomic():
        breaker, _new = Icebreaker.objects.select_for_update().get_or_create(
            event=event, defaults={"begun_at": event.doors_at}
        )
        beat = breaker.beat_at(at) + 1
        Icebreaker.objects.filter(pk=breaker.pk).update(beat=beat, begun_at=at)
        live.tell(event, "ice", beat=beat)
    return beat


def card_for(event, carriage: int | None, at: datetime, skip: int = 0) -> str:
    """The card of a carriage: each carriage has its own, and all change at the same beat."""
    return cards_for(event, [carriage], at, skip)[0]


def cards_for(event, carriages, at: datetime, skip: int = 0) -> list[str]:
    """The same for several carriages."""
    deck, beat = cards(event), breaker_of(event).beat_at(at)
    return [deck[(beat + (carriage or 0) + skip) % len(deck)] for carriage in carriages]


def mates(attendee) -> tuple[list[Acquaintance], int, int]:
    """The people of the same carriage who are here, how many that is with oneself, and how many have a seat there."""
    table = attendee.event.attendees.confirmed().filter(carriage=attendee.carriage, forgotten_at=None)
    here = table.present().select_related("card").order_by("seat")
    people = [person for person in here if person.pk != attendee.pk]
    return seen_by(attendee, people), len(people) + 1, table.count()


def seen_by(attendee, people) -> list[Acquaintance]:
    """These people as the attendee sees them."""
    rows = {row.partner(attendee).pk: row for row in Meeting.objects.of(attendee).select_related("one", "other")}
    return [_seen(attendee, person, rows.get(person.pk)) for person in people]


def _seen(attendee, person, row) -> Acquaintance:
    card = getattr(person, "card", None)
    if row is None:
        return Acquaintance(person, card)
    mine = row.side(attendee)
    theirs = "other" if mine == "one" else "one"
    said = {side: bool(getattr(row, f"{side}_met_at")) for side in (mine, theirs)}
    shares = {side: bool(getattr(row, f"{side}_shares_at")) for side in (mine, theirs)}
    met = said[mine] and said[theirs]
    agreed = met and shares[mine] and shares[theirs]
    contact = card.contact if agreed and card and attendee.status == Attendee.Status.CONFIRMED else ""
    return Acquaintance(person, card, met, said[mine], said[theirs], shares[mine], shares[theirs], contact)


def friends(attendee) -> list[Acquaintance]:
    """Everybody whom this attendee met or asked, and who asked them."""
    rows = Meeting.objects.of(attendee).select_related("one__card", "other__card").order_by("pk")
    found = [_seen(attendee, row.partner(attendee), row) for row in rows]
    return [one for one in found if not one.person.forgotten_at and (one.i_said or one.they_said)]


def has_my_contact(attendee) -> list[Attendee]:
    """Who was given the attendee's contact: both met, both share. Who has left since stays here: it is theirs once more
    should they come back, unless it is taken back.
    """
    rows = Meeting.objects.of(attendee).agreed().exclude(one_shares_at=None).exclude(other_shares_at=None)
    people = [row.partner(attendee) for row in rows.select_related("one", "other")]
    return [person for person in people if not person.forgotten_at]


def say_trade(attendee, trade: str) -> None:
    """What somebody does, on their card; the rest of it stays. Nobody gets a card for having said nothing."""
    if trade:
        IntroCard.objects.update_or_create(attendee=attendee, defaults={"trade": trade})


def trade_of(attendee) -> str:
    return IntroCard.objects.filter(attendee=attendee).values_list("trade", flat=True).first() or ""


def wants_to_be_alone(attendee) -> bool:
    return IntroCard.objects.filter(attendee=attendee, alone=True).exists()


def meet(attendee, other, *, at) -> bool:
    """Say "we met"; True when the other has said it too. Nobody is asked who wants to be left alone; their own yes counts."""
    if not may_be_asked(attendee, other):
        return False
    with write_gate(), transaction.atomic():
        row = _row(attendee, other)
        field = f"{row.side(attendee)}_met_at"
        if Meeting.objects.filter(pk=row.pk, **{field: None}).update(**{field: at}):
            live.tell(attendee.event, "you", live.to(other), met=True)
        row.refresh_from_db()
    return bool(row.one_met_at and row.other_met_at)


def share(attendee, other, *, at: datetime | None) -> bool:
    """Agree that this person gets one's contact once both agree; `at` None takes it back. False before they met."""
    with write_gate(), transaction.atomic():
        row = _row(attendee, other)
        if not (row.one_met_at and row.other_met_at):
            return False
        Meeting.objects.filter(pk=row.pk).update(**{f"{row.side(attendee)}_shares_at": at})
        live.tell(attendee.event, "you", live.to(other), shared=at is not None)
    return True


def _has_said(attendee, other) -> bool:
    one, two = sorted((attendee.pk, other.pk))
    row = Meeting.objects.filter(one_id=one, other_id=two).first()
    return bool(row and getattr(row, f"{row.side(attendee)}_met_at"))


def may_be_asked(attendee, other) -> bool:
    """Whether "we met" can be said to this person: they want no quiet, or they said it first."""
    return not wants_to_be_alone(other) or _has_said(other, attendee)


def _row(attendee, other) -> Meeting:
    one, two = sorted((attendee.pk, other.pk))
    return Meeting.objects.select_for_update().get_or_create(one_id=one, other_id=two)[0]


def directory(event, query: str = ""):
    """Who wants to be found: confirmed, listed by their own wish, not left alone."""
    rows = event.attendees.confirmed().filter(directory_ok=True, forgotten_at=None).exclude(card__alone=True)
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(about__icontains=query) | Q(card__ask_me__icontains=query))
    return rows.select_related("card").order_by("name", "pk")


@forgetting.also_forget
def forget(attendee):
    """What somebody said of themselves goes; whom they met forgets it too."""
    IntroCard.objects.filter(attendee=attendee).delete()
    Meeting.objects.of(attendee).delete()


@forgetting.also_export
def export(attendee):
    card = IntroCard.objects.filter(attendee=attendee).first()
    found = {name: getattr(card, name) for name in ("trade", "ask_me", "contact", "alone")} if card else {}
    return {"card": found, "met": [one.person.name for one in friends(attendee) if one.met]}
