"""The host speaks to the master of ceremonies: a sentence, its reading in one line, the press that does it; words."""

from dataclasses import astuple

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.db.models import Count, Q, Sum
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from events.access import crew_only
from events.db import database_now
from events.models import Role
from events.templatetags import house
from raffle import commanding, drawing, entering, host, naming, patter, reading, speaking
from raffle.models import ModelCall
from raffle.plan import Plan


@require_POST
@crew_only(Role.HOST)
def sentence(request, event):
    """Read a sentence; show what was understood, to be confirmed."""
    text = request.POST.get("sentence", "")
    now = database_now()
    items, raffle = commanding.catalogue(event), entering.raffle_of(event, at=now)
    heard = reading.read(text, items, names=naming.known(event, now), event=event)
    context = {"sentence": text[:300], "source": heard.source, "fragment": request.headers.get("X-Fragment") == "1"}
    return render(request, "raffle/host_answer.html", context | answer(heard, event, items, raffle, now))


def answer(heard, event, items, raffle, at) -> dict:
    """What the host reads: a line with a signed plan to confirm, or words."""
    if heard.refused:
        return {
            "answer": _("Nobody can be chosen, not by you, not by me: the formula decides. Say the prize and how many.")
        }
    plan = commanding.resolve(heard.plan, items, raffle)
    if plan.action == "explain":
        return {"answer": patter.fairness(raffle, raffle.tone), "calm": True}
    if plan.action == "undecided":
        return {"answer": commanding.QUESTIONS[plan.question or "what"]()}
    if problem := commanding.hindrance(plan, event, raffle):
        return {"answer": problem}
    press = commanding.press_for(plan, raffle, at=at)
    signed = signing.dumps([plan.model_dump(), *astuple(press)], salt=f"plan:{event.pk}")
    return {"line": commanding.in_one_line(plan, event), "signed": signed}


@require_POST
@crew_only(Role.HOST)
def confirm(request, event):
    """Do what was confirmed. The plan comes back signed; a second press finds it done."""
    try:
        fields, *press = signing.loads(request.POST.get("signed", ""), salt=f"plan:{event.pk}", max_age=600)
        plan, press = Plan.model_validate(fields), commanding.Press(*press)
    except (signing.BadSignature, ValueError, TypeError):  # TypeError: signed by an earlier version of this page
        messages.error(request, _("That plan is too old. Say it again."))
        return redirect("raffle:remote_draw", event.slug)
    problem = commanding.carry_out(plan, press, event, request.user, at=database_now())
    if problem:
        messages.error(request, problem)
    return redirect("raffle:remote_draw", event.slug)


@require_GET
@crew_only(Role.HOST)
def warm_up(request, event):
    """Words for the host while the box fills, sentence by sentence as they come (plain text)."""
    raffle = entering.raffle_of(event, at=database_now())
    draw = drawing.current(raffle)
    left = event.prizes.left()
    running = draw is not None and draw.state == draw.State.OPEN
    prize = draw.prize if running else left[0] if left else None
    if prize is None:
        return StreamingHttpResponse([commanding.QUESTIONS["nothing_left"]()], content_type="text/plain; charset=utf-8")
    answer = StreamingHttpResponse(
        in_sentences(event, raffle, prize, get_language()), content_type="text/plain; charset=utf-8"
    )
    answer["X-Accel-Buffering"] = "no"
    return answer


def in_sentences(event, raffle, prize, language):
    """The warm-up's sentences with the prize's name put in; plain text, so that nothing in it is markup."""
    names = naming.known(event, database_now())
    with override(language):
        name = house.said(prize, "name")
        spoken = speaking.spoken("warm_up", language=language, tone=raffle.tone, hint=name, names=names, event=event)
        for text, source in spoken:
            yield (text.replace("{{winner}}", "…").replace("{{prize}}", name) if source == "model" else text) + "\n"


@crew_only()
def calls(request, event):
    """What the language model cost this event, call by call."""
    rows = ModelCall.objects.filter(event=event)
    sums = rows.aggregate(
        calls=Count("pk"),
        tokens_in=Sum("tokens_in", default=0),
        tokens_out=Sum("tokens_out", default=0),
        milliseconds=Sum("milliseconds", default=0),
        spent=Sum("cost"),
        unpriced=Count("pk", filter=Q(cost=None)),
        well=Count("pk", filter=Q(outcome="ok")),
    )
    context = {
        "calls": rows[:200],
        "sums": sums,
        "at": database_now(),
        "configured": host.configured(),
        "currency": settings.OPENAI_CURRENCY,
    }
    return render(request, "raffle/model_calls.html", context)
