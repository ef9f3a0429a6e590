"""What this app offers to the shared pages: its stage scenes and slots. Imported once, when Django is ready."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events import (  # noqa: F401  (some register jobs)
    addresses,
    admission,
    boarding_code,
    changes,
    door,
    following,
    forgetting,
    gates,
    icebreaking,
    importing,
    mailing,
    notices,
    qr,
    reconfirming,
    scenes,
    seating,
    slots,
)
from events.models import Role
from events.templatetags import house


def _join(event, request):
    """What a scene needs to invite the room: the short address and its QR."""
    address = addresses.public(request, f"/{event.code}")
    return {"short": address.partition("://")[2], "join_qr": qr.svg(address)}


def _train(event):
    """The carriages with their windows: who has come lights one."""
    here = {
        (row.carriage, row.seat): row.name
        for row in event.attendees.present().filter(seat__isnull=False, forgotten_at=None)
    }
    seats = range(1, event.seats_per_carriage + 1)
    return [
        {"number": carriage, "windows": [here.get((carriage, seat), "") for seat in seats]}
        for carriage in range(1, event.carriages + 1)
    ]


def _title(event, at):
    return house.said(event, "title")


def _next_stop(event, at):
    return " ".join([gettext("Next stop"), house.said(event, "next_city") or "?"])


@scenes.offer("welcome", title=_("Welcome"), icon="home", order=10, says=_title, page="events:ticket")
def welcome(event, request, params):
    counts = door.counts(event)
    coming = max(0, counts["of"] - counts["present"])
    context = {"train": _train(event), "present": counts["present"], "coming": coming, **_join(event, request)}
    code = boarding_code.now(event, timezone.now())  # whoever has a ticket checks in with it, others see the event
    context["join_qr"] = qr.svg(addresses.public(request, f"/{event.code}?c={code}"))
    return "events/scenes/welcome.html", context


@scenes.offer(
    "board",
    title=_("Self check-in"),
    icon="scan",
    order=11,
    says=lambda event, at: gettext("Scan to board"),
    page="events:ticket",
)
def board(event, request, params):
    """A QR with the code of this minute, for phones that have a ticket."""
    code, counts = boarding_code.now(event, timezone.now()), door.counts(event)
    address = addresses.public(request, reverse("events:board", args=[event.slug]))
    return "events/scenes/board.html", {
        "train": _train(event),
        "present": counts["present"],
        "coming": max(0, counts["of"] - counts["present"]),
        "board_code": code,
        "board_qr": qr.svg(f"{address}?c={code}"),
        "board_short": _join(event, request)["short"],
    }


@slots.offer("ticket", order=90)
def keep_the_ticket(event, request, at):
    """The ticket opens without a network once it was opened with one."""
    if request.attendee.status != "confirmed":
        return None
    running = event.is_running(at) and not request.attendee.check_in
    return slots.Piece("events/slots/keep_ticket.html", {"running": running}, for_all=True)


@scenes.offer(
    "ice",
    title=_("Ice-breaker"),
    icon="users",
    order=15,
    says=lambda event, at: gettext("Your carriage has a card"),
    page="events:aboard",
)
def ice(event, request, params):
    """A card for every carriage; all change at the same beat."""
    now = timezone.now()
    used = (
        event.attendees.confirmed().filter(seat__isnull=False).order_by().values_list("carriage", flat=True).distinct()
    )
    numbers = sorted(used) or [1]
    laid = icebreaking.cards_for(event, numbers, now)
    cars = [{"number": car, "card": card} for car, card in zip(numbers, laid)]
    return "events/scenes/ice.html", {"cars": cars, "changes_at": icebreaking.next_at(event, now)}


@scenes.offer("thanks", title=_("Thanks, next stop"), icon="right", order=90, says=_next_stop, page="events:recap")
def thanks(event, request, params):
    now = timezone.now()
    context = {
        "train": _train(event),
        "present": door.counts(event)["present"],
        "sponsors": event.sponsors.all(),
        "names": slots.collect("thanks_names", event, request, now),
        "made": [row for row in slots.collect("thanks_counts", event, request, now) if row[0]],
    }
    return "events/scenes/thanks.html", {**context, **_join(event, request)}


@slots.offer("needs", order=5)
def clashing_tickets(event, request, at):
    """A ticket that was let in at two doors, or served twice, without a network: somebody must look who is who."""
    clashes = door.clashes(event)
    if not clashes or Role.ORGANISER not in request.crew_roles:
        return None
    first, second = clashes[0]
    return slots.Need(
        "warn",
        "users",
        door.what_clashes(clashes),
        _which_clash(event, first, second),
        reverse("events:scan_log", args=[event.slug]),
        _("Look"),
        cost=60,
    )


def _which_clash(event, first, second) -> str:
    who = first.attendee.name if first.attendee else first.code
    if first.point is not None:
        times = {"first": house.clock(first.at, event), "second": house.clock(second.at, event)}
        point = house.said(first.point, "name")
        return gettext("%(name)s, %(point)s: at %(first)s and %(second)s") % {"name": who, "point": point, **times}
    where = {"first": gates.where(first.door), "second": gates.where(second.door)}
    return gettext("%(name)s: %(first)s and %(second)s, one of them offline") % {"name": who, **where}


@slots.offer("needs", order=25)
def seats_to_deal(event, request, at):
    """Everybody sits as they came: one press mixes the cars, and while the doors are shut nobody has to get up for it."""
    if (
        Role.ORGANISER not in request.crew_roles
        or not event.gives_seats(at)
        or not seating.waits_to_be_dealt(event, at)
    ):
        return None
    return slots.Need(
        "info",
        "users",
        _("Nobody has dealt the seats yet"),
        _("An even mix in every car: newcomers, trades, wishes for the film"),
        reverse("events:deal_seats", args=[event.slug]),
        _("Deal the seats"),
        method="post",
        cost=25,
    )


@slots.offer("needs", order=30)
def followers_to_tell(event, request, at):
    """People asked to hear of the next stop: this is it, and one press tells them."""
    if Role.ORGANISER not in request.crew_roles or not event.gives_seats(at):
        return None
    count = len(following.untold(event))
    if not count:
        return None
    return slots.Need(
        "info",
        "users",
        ngettext("%(n)d person asked to hear of this stop", "%(n)d people asked to hear of this stop", count)
        % {"n": count},
        _("Each gets one mail, and only about this"),
        reverse("events:announce", args=[event.slug]),
        _("Tell them"),
        method="post",
        cost=20,
    )
