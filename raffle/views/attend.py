"""Raffle pages and endpoints for phones, and the public proof."""

import json
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from events.access import anyone, attendee_only, hear
from events.db import database_now
from raffle import beside, drawing, entering, handing, preparing, proof, protocol, releasing, show_plan, state
from raffle.models import Draw, Entrant

SCRIPTS = Path(__file__).resolve().parent.parent


@attendee_only
def phone_state(request, event):
    """What this phone shows of the raffle."""
    now = database_now()
    hear(request.attendee, at=now)
    raffle = entering.raffle_of(event, at=now)
    return JsonResponse(state.attendee_state(raffle, request.attendee, at=now))


@attendee_only
def luck(request, event):
    """Put the stub in."""
    now = database_now()
    hear(request.attendee, at=now)
    raffle = entering.raffle_of(event, at=now)
    following = event.prizes.left()
    shown = state.attendee_state(raffle, request.attendee, at=now)
    context = {
        "at": now,
        "state": shown,
        "raffle": raffle,
        "prize": following[0] if following else None,
        "expected": show_plan.expected(event, request, now)[0][0] if following else None,
        "left": sum(prize.left for prize in following),
        "box_digits": f"{shown['box']['count']:03d}",
        "waiting": [
            draw.number
            for draw in beside.waiting(raffle)
            if draw.state == Draw.State.FROZEN and shown["me"]["eid"] in dict(draw.pool)
        ],
    }
    part = "X-Fragment" in request.headers
    return render(request, "raffle/luck_head.html" if part else "raffle/luck.html", context)


@require_POST
@attendee_only
def entrant(request, event):
    """Register the id that this phone made; the first one stays."""
    now = database_now()
    raffle = entering.raffle_of(event, at=now)
    try:
        known = entering.enter(raffle, request.attendee, str(_body(request).get("eid", "")))
    except ValueError:
        return _refused(_("This phone sent an id that does not fit. Reload the page."), 422)
    return JsonResponse({"eid": known.eid, "on_paper": known.on_paper})


@require_POST
@attendee_only
def nonce(request, event):
    """Add this phone's random numbers to the open draw."""
    now = database_now()
    hear(request.attendee, at=now)
    body = _body(request)
    raffle = entering.raffle_of(event, at=now)
    draw = get_object_or_404(Draw, raffle=raffle, number=body.get("draw") if isinstance(body.get("draw"), int) else 0)
    mine = Entrant.objects.filter(raffle=raffle, attendee=request.attendee).first()
    if mine is None:
        return _refused(_("Your ticket has no id in the raffle yet."), 409)
    try:
        counted = drawing.contribute(draw, mine, str(body.get("nonce", "")), at=now)
    except ValueError:
        return _refused(_("That is not a random number of the right size."), 422)
    except Draw.NotInPool:
        return _refused(_("Your stub is not in this draw."), 409)
    except Draw.TooLate:
        return _refused(_("The box is locked."), 409)
    return JsonResponse({"counted": counted}, status=200 if counted else 429)


def _body(request) -> dict:
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        body = {}
    return body if isinstance(body, dict) else {}


def _refused(text, status):
    return JsonResponse({"error": text}, status=status)


@attendee_only
def won(request, event):
    """It's you: the name, the time that is left, two buttons; afterwards the claim code. `draw` chooses among several."""
    now = database_now()
    hear(request.attendee, at=now)
    raffle = entering.raffle_of(event, at=now)
    draw, win = _own(raffle, request.attendee, now, request.POST.get("draw") or request.GET.get("draw"))
    if win is None:
        raise Http404
    claim = draw.claims.filter(rank=win["rank"]).first()
    raffle.refresh_from_db(fields=["head"])
    context = {
        "at": now,
        "draw": draw,
        "win": win,
        "claim": claim,
        "secret": handing.code_for(claim, at=now) if claim else "",
        "pictograms": protocol.pictograms(raffle.head),
        "short_head": protocol.short_head(raffle.head),
        "others": handing.own_claims(event, request.attendee).exclude(draw=draw),
    }
    parts = {"1": "raffle/won_fragment.html", "aside": "raffle/won_aside.html"}
    return render(request, parts.get(request.headers.get("X-Fragment", ""), "raffle/won.html"), context)


def _own(raffle, attendee, now, number=None):
    """The draw that calls this attendee now, else the newest that called them or the one of that number."""
    mine = Entrant.objects.filter(raffle=raffle, attendee=attendee).first()
    revealed = raffle.draws.filter(revealed_at__isnull=False).select_related("prize__sponsor", "raffle__event")
    if number and number.isascii() and number.isdecimal():
        revealed = revealed.filter(number=number[:9])
    found = []
    for draw in revealed.order_by("-number"):
        drawing.settle(draw, at=now)
        win = state.own_win(draw, mine)
        if win is not None:
            found.append((draw, win))
    calling = [row for row in found if row[1]["state"] == "calling"]
    return (calling or found or [(None, None)])[0]


@require_POST
@attendee_only
def claim(request, event):
    """ "I'm here", or "pass it on"."""
    now = database_now()
    raffle = entering.raffle_of(event, at=now)
    draw, win = _own(raffle, request.attendee, now, request.POST.get("draw"))
    if win is None:
        raise Http404
    answer = request.POST.get("answer")
    if answer == "decline":
        drawing.pass_on(draw, win["rank"], "decline", at=now)
    elif answer == "sponsor":
        handing.tell_sponsor(draw, win["rank"], request.POST.get("agreed") == "1")
    elif answer == "deliver":
        preparing.deliver(draw, win["rank"], request.POST.get("delivery", ""))
    else:
        drawing.claim(draw, win["rank"], at=now, by="phone")
    return won(request, event.slug)


@anyone
def raffle_proof(request, event):
    """All draws of the event, each with its proof."""
    raffle = entering.raffle_of(event, at=database_now())
    names = proof.prizes(raffle)
    rows = [(draw, names.get(draw.open_hash, "")) for draw in raffle.draws.order_by("number")]
    context = {"rows": rows, "entered": proof.entered(raffle), "released": releasing.given_back(raffle)}
    return render(request, "raffle/proofs.html", context | _head(raffle))


def _head(raffle) -> dict:
    """The raffle with the head of its log as people compare it."""
    return {
        "raffle": raffle,
        "drand": settings.DRAND_URLS[0] if settings.DRAND_URLS else "",
        "records": raffle.length,
        "pictograms": protocol.pictograms(raffle.head),
        "short_head": protocol.short_head(raffle.head),
    }


@anyone
def draw_proof(request, event, number):
    """The proof of one draw: the phone that opens the page recomputes it."""
    raffle = entering.raffle_of(event, at=database_now())
    draw = get_object_or_404(raffle.draws, number=number)
    drawing.settle(draw, at=database_now(), asked=False)
    draw.refresh_from_db()
    raffle.refresh_from_db(fields=["head", "length"])
    eids = [eid for eid, _weight in draw.pool]
    people = state.people(raffle, eids) if draw.seed else {}
    rows = state.winners(draw, people) if draw.revealed_at else []
    shown = [row for row in rows if row["state"] != "absent"]
    texts = list(draw.texts.order_by("pk").values_list("text", flat=True)) if draw.frozen_at else []
    prize = proof.prizes(raffle).get(draw.open_hash, "")
    together = sum(weight for _eid, weight in draw.pool)
    context = {"draw": draw, "prize": prize, "winners": shown, "calls": rows, "texts": texts, "together": together}
    context |= {
        "rule": proof.said_rule(draw.rule),
        "released": releasing.given_back(raffle, draw.number),
        "spot": preparing.in_words(preparing.spot_check(draw), people),
        "called_off": proof.why_called_off(raffle, draw) if draw.state == Draw.State.ABORTED else "",
        "from_phones": len(set(draw.crowd) - set(map(protocol.text_nonce, texts))),
    }
    return render(request, "raffle/proof.html", context | _head(raffle))


@anyone
def proof_file(request, event):
    """The public files of the raffle, as they were published."""
    raffle = entering.raffle_of(event, at=database_now())
    response = JsonResponse(proof.collect(raffle), json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response


@never_cache
@anyone
def sponsor(request, event, token):
    """A sponsor's own page, by the link that the organiser gives them: numbers, and names of winners who agreed."""
    found = handing.sponsor_of(event, token)
    if found is None:
        raise Http404
    response = render(request, "raffle/sponsor.html", {"sponsor": found, "rows": handing.sponsor_rows(found)})
    response["Referrer-Policy"] = "no-referrer"
    return response


@anyone
def crowd_file(request, event, number):
    """The sorted list of random numbers that one draw was locked with: each phone looks for its own."""
    raffle = entering.raffle_of(event, at=database_now())
    draw = get_object_or_404(raffle.draws.exclude(frozen_at=None), number=number)
    response = JsonResponse(draw.crowd, safe=False)
    response["Cache-Control"] = "public, max-age=86400, immutable"
    return response


@anyone
def pool_file(request, event, number):
    """The list of stubs that one draw was opened with: each phone looks for its own."""
    raffle = entering.raffle_of(event, at=database_now())
    response = JsonResponse(get_object_or_404(raffle.draws, number=number).pool, safe=False)
    response["Cache-Control"] = "public, max-age=86400, immutable"
    return response


@anyone
def prize_photo(request, event, prize):
    """A prize's picture, as it was drawn anew when it was uploaded."""
    row = get_object_or_404(event.prizes.exclude(photo=""), pk=prize)
    response = FileResponse(row.photo.open("rb"), content_type="image/webp")  # many systems do not know the ending
    response["Cache-Control"] = f"{'public' if event.published_at else 'private'}, max-age=300"
    return response


@anyone
def script(request, event, name):
    """A stand-alone script: the short one, or the whole check."""
    return FileResponse((SCRIPTS / name).open("rb"), content_type="text/x-python; charset=utf-8", filename=name)
