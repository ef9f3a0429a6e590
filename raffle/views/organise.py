"""The organiser's raffle: prizes, the desk where they are handed over, the proof."""

import re

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from events import qr
from events.access import crew_only
from events.db import database_now
from events.models import Role
from events.templatetags import house
from events.text import clean_text
from raffle import entering, handing, preparing, rehearsing, releasing, state
from raffle.models import Claim, Prize


@crew_only(Role.HOST, Role.DOOR)
def desk(request, event):
    """Prizes in the order of the show, open claims, what was handed over."""
    now = database_now()
    raffle = entering.raffle_of(event, at=now)
    query = request.GET.get("q", "").strip()[:40]
    context = {
        "at": now,
        "raffle": raffle,
        "prizes": preparing.with_hindrances(event),
        "claims": handing.search(event, query),
        "q": query,
        "to_remind": handing.waiting_for_winner(handing.open_claims(event)).count(),
        "givers": event.sponsors.all(),
        "kinds": Prize.Kind.choices,
        "sponsors": [(sponsor, handing.sponsor_token(sponsor)) for sponsor in event.sponsors.all()],
        "copy": rehearsing.of(event),
        "is_copy": rehearsing.is_copy(event),
        "draw": raffle.draws.order_by("-number").first(),
        "may_prepare": Role.ORGANISER in request.crew_roles,
        "may_host": bool({Role.ORGANISER, Role.HOST} & set(request.crew_roles)),
        "in_pot": entering.in_the_box(raffle),
    }
    part = "X-Fragment" in request.headers
    return render(request, "raffle/desk_claims.html" if part else "raffle/desk.html", context)


@require_POST
@crew_only(Role.HOST)
def add_prize(request, event):
    """A prize in ten seconds, from the host's phone."""
    chosen, quantity = request.POST.get("sponsor", ""), request.POST.get("quantity", "1")
    kind = request.POST.get("kind")
    sponsor = event.sponsors.filter(pk=int(chosen)).first() if re.fullmatch("[0-9]{1,9}", chosen) else None
    try:
        prize = preparing.add_live(
            event,
            name=request.POST.get("name", ""),
            quantity=int(quantity) if re.fullmatch("[0-9]{1,9}", quantity) else 0,
            sponsor=sponsor,
            kind=kind if kind in Prize.Kind.values else Prize.Kind.GOODS,
            at=database_now(),
        )
        messages.success(request, _("%(prize)s is in.") % {"prize": prize.name})
    except ValueError as problem:
        messages.error(request, str(problem))
    return redirect("raffle:remote_draw" if request.POST.get("then") == "remote" else "raffle:desk", event.slug)


@require_POST
@crew_only(Role.HOST, Role.DOOR)
def hand_over(request, event, claim):
    """The winner has the prize; a code is shown, once, for a winner who has no phone to see it on."""
    row = get_object_or_404(Claim.objects.select_related("draw__prize"), pk=claim, draw__raffle__event=event)
    if row.draw.prize.kind == Prize.Kind.CODE:
        return _code(request, event, row)
    if preparing.hand_over(row, at=database_now(), by=request.user):
        messages.success(request, _("Handed over."))
    else:
        messages.info(request, _("It was handed over before."))
    return redirect("raffle:desk", event.slug)


def _code(request, event, claim):
    """The code of a winner without a phone, for who hands it over; else why there is none to show."""
    if code := handing.code_at_desk(claim, at=database_now(), by=request.user):
        return render(request, "raffle/code.html", {"claim": claim, "code": code})
    claim.refresh_from_db(fields=["handed_over_at"])
    if claim.handed_over_at:
        messages.info(request, _("It was handed over before."))
    elif handing.code_is_in(claim):
        messages.info(request, _("The code waits on their phone"))
    else:
        messages.info(request, _("The code is not in yet"))
    return redirect("raffle:desk", event.slug)


@require_POST
@crew_only(Role.HOST)
def remind(request, event):
    """Write to everybody whose prize waits; who was written to today is left alone."""
    now = database_now()
    claims = handing.waiting_for_winner(handing.open_claims(event)).select_related(
        "attendee", "draw__prize", "draw__raffle__event"
    )
    sent = sum(handing.remind(claim, at=now) for claim in claims)
    messages.success(request, ngettext("%(n)d reminder goes out.", "%(n)d reminders go out.", sent) % {"n": sent})
    return redirect("raffle:desk", event.slug)


@require_POST
@crew_only()
def release(request, event, claim):
    """Nobody fetched the prize: it goes back with a public reason, and only a new draw gives it to somebody else."""
    row = get_object_or_404(Claim.objects.select_related("draw__prize"), pk=claim, draw__raffle__event=event)
    why = clean_text(request.POST.get("reason", ""))[:200]
    try:
        if releasing.release(row, at=database_now(), by=request.user, why=why):
            messages.success(request, _("%(prize)s can be drawn again.") % {"prize": row.draw.prize})
        else:
            messages.error(request, _("This prize is with its winner already."))
    except ValueError:
        messages.error(request, _("Give the reason: everybody reads it on the proof."))
    except Claim.TooEarly:
        until = house.clock(row.kept_until, event)
        told = _("It was claimed a moment ago, they may be on their way. From %(time)s on it can be drawn again.")
        messages.error(request, told % {"time": until})
    return redirect("raffle:desk", event.slug)


@crew_only(Role.HOST, Role.DOOR)
def spot_check(request, event, number):
    """Ten stubs of the pool, chosen by the seed of the draw: these people raise a hand, or the list is wrong."""
    raffle = entering.raffle_of(event, at=database_now())
    draw = get_object_or_404(raffle.draws.select_related("prize"), number=number)
    called = preparing.spot_check(draw)
    if not called:
        raise Http404
    context = {"draw": draw, "people": preparing.in_words(called, state.people(raffle, called))}
    return render(request, "raffle/spot_check.html", context)


@require_POST
@crew_only(Role.HOST)
def at_hand(request, event, prize):
    """The prize lies ready on the stage."""
    Prize.objects.filter(pk=prize, event=event, at_hand_at=None).update(at_hand_at=database_now())
    return redirect("dashboard", event.slug)


@require_POST
@crew_only(Role.HOST, Role.DOOR)
def paper(request, event):
    """A QR on paper for a person without a phone, by ticket number: their secret, which the server forgets at once."""
    number = request.POST.get("number", "").strip().lower().removeprefix("no.")
    fits = re.fullmatch("[0-9]{1,9}", number)
    person = event.attendees.confirmed().filter(number=int(number)).first() if fits else None
    if person is None:
        messages.error(request, _("No confirmed ticket has this number."))
        return redirect("raffle:desk", event.slug)
    entrant, secret = entering.enter_on_paper(entering.raffle_of(event, at=database_now()), person)
    if secret is None:
        messages.info(request, _("No.%(n)04d is in the raffle already.") % {"n": person.number})
        return redirect("raffle:desk", event.slug)
    proofs = request.build_absolute_uri(reverse("raffle:proofs", args=[event.slug]))
    context = {
        "person": person,
        "entrant": entrant,
        "qr": qr.svg(f"{proofs}#stub={secret}"),
    }  # no server sees what follows #
    return render(request, "raffle/paper.html", context)
