"""What the raffle offers to the shared pages: the stage scene, rows on the phone, needs of the desk, jobs."""

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import access, forgetting, slots, standing
from events.templatetags.house import clock, said
from raffle import drawing, entering, handing, show_plan, work  # noqa: F401  (work registers the jobs)
from raffle.models import Claim, Draw, Entrant, Prize, Raffle


@slots.offer("event_page_side", order=30)
def prizes(event, request, at):
    rows = event.prizes.select_related("sponsor").order_by("order", "pk")
    return slots.Piece("raffle/slots/prizes.html", {"prizes": rows}) if rows else None


@slots.offer("live_actions", order=10)
def box(event, request, at):
    """The box on the phone: while there is something to win."""
    if request.attendee is None or not event.is_running(at):
        return None
    raffle = entering.raffle_of(event, at=at)
    running = drawing.current(raffle)
    if running is not None and not running.is_settled():
        return _running(event, running)
    following = event.prizes.left()
    if not following:
        return None
    count = entering.in_the_box(raffle)
    when = show_plan.expected(event, request, at)[0][0]
    words = {"prize": said(following[0], "name"), "count": count, "time": clock(when, event) if when else ""}
    detail = (
        _("%(prize)s at about %(time)s, %(count)d stubs in") if when else _("Next: %(prize)s, %(count)d stubs in")
    ) % words
    return slots.Action(
        "stub", _("The box is open. Drop your stub"), detail, reverse("raffle:luck", args=[event.slug]), order=10
    )


def _running(event, draw):
    """The row while a draw runs: what a hand can do now, or where to look."""
    title = {
        Draw.State.OPEN: _("The countdown is running: tap along"),
        Draw.State.FROZEN: _("The box is locked. Look at the big screen."),
        Draw.State.DRAWN: _("The box is locked. Look at the big screen."),
    }[draw.state]
    words = {"number": draw.number, "prize": said(draw.prize, "name"), "count": len(draw.pool)}
    detail = _("Draw %(number)d: %(prize)s, %(count)d stubs in") % words
    urgent = draw.state == Draw.State.OPEN
    return slots.Action("stub", title, detail, reverse("raffle:luck", args=[event.slug]), urgent=urgent, order=10)


@slots.offer("live_actions", order=9)
def waiting_prize(event, request, at):
    """What this person has won and has not fetched: where the claim code is."""
    if request.attendee is None:
        return None
    claim = handing.own_claims(event, request.attendee).filter(handed_over_at=None).first()
    if claim is None:
        return None
    place = f"{reverse('raffle:won', args=[event.slug])}?draw={claim.draw.number}"
    code = claim.draw.prize.kind == Prize.Kind.CODE and handing.code_is_in(claim)
    detail = {
        Prize.Kind.CODE: _("Your membership code is here") if code else _("Your membership code is not in yet"),
        Prize.Kind.ARRANGED: _("Say where it should be sent") if not claim.delivery else _("It will be sent to you"),
    }.get(claim.draw.prize.kind) or _("Claim code %(code)s, at the prize desk") % {"code": claim.code}
    words = {"prize": said(claim.draw.prize, "name")}
    return slots.Action("gift", _("You won: %(prize)s") % words, detail, place, urgent=True, order=9)


standing.ask("won", handing.WON % "%(attendee)s")


@slots.offer("ticket", order=10)
@slots.offer("aboard", order=10)
@slots.offer("recap", order=20)
def own_prizes_on_the_ticket(event, request, at):
    """Everything that this ticket has won, with its claim code, for as long as the ticket can be opened."""
    if request.attendee is None or not standing.of(request.attendee)["won"]:
        return None
    claims = handing.own_claims(event, request.attendee)
    return slots.Piece("raffle/slots/own_prizes.html", {"claims": claims}) if claims else None


@slots.offer("phone", order=10)
def phone(event, request, at):
    """The element that makes the entrant id, sends a nonce when a draw opens, and opens "it's you"."""
    if request.attendee is None or not event.is_running(at):
        return None
    return slots.Piece("raffle/slots/phone.html", {})


@slots.offer("desk_foot", order=10)
def phone_of_the_crew(event, request, at):
    """The same on a page of the desk, for crew with a ticket of this event: they may have nothing else open."""
    if not event.is_running(at) or (attendee := access.attendee_for(request, event)) is None:
        return None
    return slots.Piece("raffle/slots/phone.html", {"attendee": attendee})


@slots.offer("crew_foot", order=10)
def phone_beside_the_work(event, request, at):
    """The same at the door and on the remote, where people wait: a strip that takes neither the page nor the keyboard."""
    found = phone_of_the_crew(event, request, at)
    return found and slots.Piece(found.template, found.context | {"aside": True})


@slots.offer("needs", order=20)
def needs(event, request, at):
    """Open claims at the desk, and a prize that is next but not on the stage."""
    found = []
    raffle = Raffle.objects.filter(event=event).first()
    waiting = handing.at_desk(event).count() if raffle else 0
    if waiting:
        found.append(
            slots.Need(
                "info",
                "gift",
                ngettext("%(n)d prize waits at the desk", "%(n)d prizes wait at the desk", waiting) % {"n": waiting},
                _("The winners have a claim code"),
                reverse("raffle:desk", args=[event.slug]),
                _("Look"),
                cost=25,
            )
        )
    following = event.prizes.left()
    is_goods = bool(following) and following[0].kind == Prize.Kind.GOODS  # nothing else ever lies on the stage
    if is_goods and following[0].at_hand_at is None and event.is_running(at):
        when, prize = show_plan.expected(event, request, at)[0]
        words = {"prize": said(prize, "name"), "time": clock(when, event) if when else ""}
        found.append(
            slots.Need(
                "warn",
                "gift",
                _("The next prize is not on the stage"),
                _("%(prize)s, drawn at about %(time)s") % words if when else words["prize"],
                reverse("raffle:at_hand", args=[event.slug, prize.pk]),
                _("It is here"),
                method="post",
                cost=60,
            )
        )
    return found


@slots.offer("dashboard_vitals", order=10)
def vitals(event, request, at):
    raffle = entering.raffle_of(event, at=at)
    count = entering.in_the_box(raffle)
    here = entering.present_entrants(raffle).count()
    draw = drawing.current(raffle)
    context = {
        "count": count,
        "of": here,
        "percent": 100 * count // here if here else 0,
        "draw": draw,
        "number": raffle.draws_opened + 1,
    }
    return slots.Piece("raffle/slots/vitals.html", context)


@slots.offer("timeline_marks", order=30)
def drawn_on_the_line(event, request, at):
    """The draws of the day, held and expected, on the dashboard's line."""
    rows = Draw.objects.filter(raffle__event=event).select_related("prize").order_by("number")
    held = [
        slots.Mark(draw.opened_at, f"{draw.number} {said(draw.prize, 'name')}", done=draw.state != "open")
        for draw in rows
    ]
    coming = [slots.Mark(when, said(prize, "name")) for when, prize in show_plan.expected(event, request, at) if when]
    return held + coming


@slots.offer("dashboard_side", order=30)
def prize_card(event, request, at):
    rows = list(event.prizes.order_by("order", "pk"))
    total = event.prizes.aggregate(n=Sum("quantity"))["n"] or 0
    left = event.prizes.left()
    given = sum(min(prize.quantity, prize.drawn) for prize in rows)
    context = {"prizes": rows, "given": given, "total": total, "next_prize": left[0] if left else None}
    return slots.Piece("raffle/slots/prize_card.html", context)


@slots.offer("recap", order=30)
def winners_who_agreed(event, request, at):
    """Winners on the recap: those who agreed to be named."""
    named = {"attendee__credits_ok": True, "attendee__forgotten_at": None}
    claims = Claim.objects.filter(draw__raffle__event=event, released_at=None, **named)
    rows = list(claims.select_related("attendee", "draw__prize").order_by("draw__number", "rank"))
    return slots.Piece("raffle/slots/recap.html", {"claims": rows}) if rows else None


@slots.offer("recap_counts", order=30)
def own_prizes(event, request, at):
    if request.attendee is None:
        return None
    return (handing.own_claims(event, request.attendee).count(), _("prizes"))


@forgetting.also_forget
def unlink(attendee):
    """The public id stays in the proofs; whose it was is gone."""
    Entrant.objects.filter(attendee=attendee).update(attendee=None)
    Claim.objects.filter(attendee=attendee).update(attendee=None, delivery="")


@forgetting.also_export
def export(attendee):
    mine = Claim.objects.filter(attendee=attendee).select_related("draw__prize")
    ids = list(Entrant.objects.filter(attendee=attendee).values_list("eid", flat=True))
    prizes = [
        {
            "prize": claim.draw.prize.name,
            "claimed_at": claim.at.isoformat(),
            "delivery": claim.delivery,
            "sponsor_ok": claim.sponsor_ok,
            "handed_over_at": claim.handed_over_at and claim.handed_over_at.isoformat(),
        }
        for claim in mine
    ]
    return {"raffle_ids": ids, "prizes": prizes}


@slots.offer("thanks_counts", order=30)
def given(event, request, at):
    """Prizes of the day, on the stage's last picture."""
    count = Claim.objects.filter(draw__raffle__event=event, released_at=None).count()
    return (count, _("prizes")) if count else None
