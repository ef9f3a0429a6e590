"""What the raffle offers to the shared pages: the stage scene, rows on the phone, needs of the desk, jobs."""

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from events import forgetting, slots
from raffle import drawing, entering, work  # noqa: F401  (work registers the jobs)
from raffle.models import Claim, Draw, Entrant, Raffle


@slots.offer("event_page_side", order=30)
def prizes(event, request, at):
    rows = event.prizes.select_related("sponsor").order_by("order", "pk")
    return slots.Piece("raffle/slots/prizes.html", {"prizes": rows}) if rows else None


@slots.offer("live_actions", order=10)
def box(event, request, at):
    """The box on the phone: while there is something to win."""
    if request.attendee is None or not event.is_running(at):
        return None
    following = event.prizes.left()
    if not following:
        return None
    raffle = entering.raffle_of(event, at=at)
    count = len(entering.eligible(raffle, {"present": True, "exclude_winners": True}))
    open_ = raffle.draws.filter(state="open").first()
    title = _("The countdown is running: tap along") if open_ else _("The box is open. Drop your stub")
    detail = _("Next: %(prize)s, %(count)d stubs in") % {"prize": following[0].name, "count": count}
    return slots.Action("stub", title, detail, reverse("raffle:luck", args=[event.slug]), urgent=bool(open_), order=10)


@slots.offer("phone", order=10)
def phone(event, request, at):
    """The element that makes the entrant id, sends a nonce when a draw opens, and opens "it's you"."""
    if request.attendee is None or not event.is_running(at):
        return None
    return slots.Piece("raffle/slots/phone.html", {})


@slots.offer("needs", order=20)
def needs(event, request, at):
    """Open claims at the desk, and a prize that is next but not on the stage."""
    found = []
    raffle = Raffle.objects.filter(event=event).first()
    waiting = Claim.objects.filter(draw__raffle=raffle, handed_over_at=None).count() if raffle else 0
    if waiting:
        found.append(
            slots.Need(
                "info",
                "gift",
                _("%(n)d prizes wait at the desk") % {"n": waiting},
                _("The winners have a claim code"),
                reverse("raffle:desk", args=[event.slug]),
                _("Look"),
                cost=25,
            )
        )
    following = event.prizes.left()
    if following and following[0].at_hand_at is None and event.is_running(at):
        prize = following[0]
        found.append(
            slots.Need(
                "warn",
                "gift",
                _("The next prize is not on the stage"),
                prize.name,
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
    count = len(entering.eligible(raffle, {"present": True, "exclude_winners": True}))
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
    """The draws of the day, on the dashboard's line."""
    rows = Draw.objects.filter(raffle__event=event).select_related("prize").order_by("number")
    return [slots.Mark(draw.opened_at, f"{draw.number} {draw.prize.name}", done=draw.state != "open") for draw in rows]


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
    claims = Claim.objects.filter(draw__raffle__event=event, attendee__credits_ok=True, attendee__forgotten_at=None)
    rows = list(claims.select_related("attendee", "draw__prize").order_by("draw__number", "rank"))
    return slots.Piece("raffle/slots/recap.html", {"claims": rows}) if rows else None


@slots.offer("recap_counts", order=30)
def own_prizes(event, request, at):
    if request.attendee is None:
        return None
    count = Claim.objects.filter(draw__raffle__event=event, attendee=request.attendee).count()
    return (count, _("prizes"))


@forgetting.also_forget
def unlink(attendee):
    """The public id stays in the proofs; whose it was is gone."""
    Entrant.objects.filter(attendee=attendee).update(attendee=None)
    Claim.objects.filter(attendee=attendee).update(attendee=None, delivery="")


@forgetting.also_export
def export(attendee):
    mine = Claim.objects.filter(attendee=attendee).select_related("draw__prize")
    ids = list(Entrant.objects.filter(attendee=attendee).values_list("eid", flat=True))
    return {"raffle_ids": ids, "prizes": [[claim.draw.prize.name, claim.at.isoformat()] for claim in mine]}


@slots.offer("thanks_counts", order=30)
def given(event, request, at):
    """Prizes of the day, on the stage's last picture."""
    count = Claim.objects.filter(draw__raffle__event=event).count()
    return (count, _("prizes")) if count else None
