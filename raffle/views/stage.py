"""The raffle on the stage: its state, and what the host's keys do."""

from datetime import timedelta

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import qr
from events.access import crew_only
from events.db import database_now
from events.models import CheckIn, Role, Stage
from events.text import clean_text
from raffle import beside, drawing, entering, handing, helping, opening, preparing, rehearsing, settling, state
from raffle.models import Draw, Void


@crew_only(Role.HOST)
def stage_state(request, event):
    """The stage's state."""
    now = database_now()
    raffle = entering.raffle_of(event, at=now)
    rehearsing.play(raffle, at=now)
    body = state.stage_state(raffle, at=now)
    helping.help_out(drawing.current(raffle), at=now, alone="alone" in request.GET)
    between = body["draw"] is None or body["draw"]["phase"] in ("done", "aborted")
    body["calibrate"] = raffle.calibrated_at is None and not raffle.delay_fixed and between
    following = event.prizes.left()
    body["next_prize"] = state.prize_state(following[0], event) if following else None
    body["prizes_left"] = [f"{prize.pk}/{prize.left}" for prize in following]
    body["countdown_ms"] = opening.countdown(raffle) // timedelta(milliseconds=1)
    body["in_pot"] = entering.in_the_box(raffle)
    body["next_number"] = raffle.draws_opened + 1
    body["aside"] = [f"{draw.number}/{draw.state}" for draw in beside.waiting(raffle)]
    body["present"] = CheckIn.objects.filter(attendee__event=event, undone_at=None).count()
    return JsonResponse(body)


@require_POST
@crew_only(Role.HOST)
def calibrate(request, event):
    """The stage machine says how fast it is; the delay is set from it, once a day."""
    try:
        iterations, took = int(request.POST.get("iterations", "")), float(request.POST.get("ms", ""))
    except ValueError:
        return JsonResponse({"set": False}, status=422)
    now = database_now()
    raffle = entering.raffle_of(event, at=now)
    done = settling.calibrate(raffle, iterations=iterations, milliseconds=took, at=now)
    return JsonResponse({"set": done})


@crew_only(Role.HOST)
def remote_draw(request, event):
    """The host's page for a draw: the biggest thing is the next thing."""
    return render(request, "raffle/remote_draw.html", preparing.remote_context(request, event, database_now()))


@require_POST
@crew_only(Role.HOST)
def open_(request, event):
    """Open the draw of a prize: pool and commitment are published, the countdown runs."""
    now, press = database_now(), clean_text(request.POST.get("press", ""))[:64]
    prize = get_object_or_404(event.prizes, pk=_number(request.POST.get("prize")))
    if not press:  # without one a request that comes twice would be two draws
        return _nobody_meant(request, event)
    try:
        opening.start(
            prize,
            by=request.user,
            at=now,
            press=press,
            quantity=_number(request.POST.get("quantity") or "1"),
            exclude_winners=request.POST.get("include_winners") != "1",
            present=request.POST.get("absent_too") != "1",
            groups=[_number(group) for group in request.POST.getlist("group") if _number(group)],
        )
    except (Draw.AlreadyRunning, Draw.EmptyPool, Draw.NothingLeft, Stage.NotInControl) as reason:
        return _answer(request, event, preparing.why(reason), 409)
    except ValueError as reason:  # the public beacon cannot be declared
        return _answer(request, event, str(reason), 409)
    if request.headers.get("Accept", "").startswith("application/json"):  # the stage moves at once
        return JsonResponse({"error": "", **state.stage_state(entering.raffle_of(event, at=now), at=now)})
    return _answer(request, event, "")


def _number(text) -> int:
    """A whole number from a form; 0 for anything else."""
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def _answer(request, event, problem, status=200):
    """JSON for the stage's keys, a redirect with a message for the remote's forms."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": problem}, status=status)
    if problem:
        messages.error(request, problem)
    return redirect("raffle:remote_draw", event.slug)


def _in_control(request, event) -> None:
    """Raises Stage.NotInControl while another person holds the remote: one controller at a time."""
    stage = Stage.objects.filter(event=event).first()
    if stage is not None:
        stage.hold_by(request.user)


def _draw(event, number):
    return get_object_or_404(Draw.objects.select_related("raffle__event", "prize"), raffle__event=event, number=number)


@require_POST
@crew_only(Role.HOST)
def reveal(request, event, number):
    """The film is over, the names are on the stage: their time to answer begins.

    The stage says so itself, whoever is signed in on it and whoever holds the remote.
    """
    drawing.reveal(_draw(event, number), at=database_now())
    return _answer(request, event, "")


@require_POST
@crew_only(Role.HOST)
def here(request, event, number):
    """The called person stands at the stage: claimed at the desk. With `hand_over` they get what lies ready there."""
    draw, rank = _draw(event, number), _rank(request)
    if not rank:
        return _nobody_meant(request, event)
    try:
        _in_control(request, event)
    except Stage.NotInControl as reason:
        return _answer(request, event, preparing.why(reason), 409)
    now = database_now()
    claimed = drawing.claim(draw, rank, at=now, by="desk")
    if claimed is None:
        return _answer(request, event, _("Their time is over, the next person is being called."), 409)
    if request.POST.get("hand_over") == "1":
        preparing.hand_over_at_stage(claimed, at=now, by=request.user)
    return _answer(request, event, "")


@require_POST
@crew_only(Role.HOST)
def badge(request, event, number):
    """A badge is scanned at the stage: by its code, or from a frame where the browser reads none itself."""
    draw, code = _draw(event, number), request.POST.get("code", "")[:80]
    if photo := request.FILES.get("photo"):
        try:
            code = qr.read(photo) or ""
        except ValueError:
            code = ""
        if not code:
            return JsonResponse({"error": "", "seen": False})
    now = database_now()
    try:
        _in_control(request, event)
    except Stage.NotInControl as reason:
        return _answer(request, event, preparing.why(reason), 409)
    if claimed := handing.claim_by_badge(draw, code, at=now):
        preparing.hand_over_at_stage(claimed, at=now, by=request.user)
        return _answer(request, event, "")
    return _answer(request, event, _("Nobody who is being called has this badge."), 409)


@require_POST
@crew_only()
def override(request, event, number):
    """An organiser passes somebody over, with a reason that everybody sees."""
    draw, reason, rank = _draw(event, number), _reason(request), _rank(request)
    if not reason:
        return _answer(request, event, _("Give the reason: it is shown on the stage and on the proof."), 422)
    if not rank:
        return _nobody_meant(request, event)
    try:
        _in_control(request, event)
    except Stage.NotInControl as refusal:
        return _answer(request, event, preparing.why(refusal), 409)
    passed = drawing.pass_on(draw, rank, Void.Reason.OVERRIDE, at=database_now(), by=request.user, text=reason)
    return _answer(
        request, event, "" if passed else _("This person is not being called any more."), 200 if passed else 409
    )


@require_POST
@crew_only(Role.HOST)
def absent(request, event, number):
    """The held key of the stage: the server's clock passes on when the time is over, and says how much is left before.

    For an organiser, too: earlier they pass somebody over with override(), where they have to give the reason.
    """
    draw, now, rank = _draw(event, number), database_now(), _rank(request)
    if not rank:
        return _nobody_meant(request, event)
    try:
        _in_control(request, event)
    except Stage.NotInControl as reason:
        return _answer(request, event, preparing.why(reason), 409)
    drawing.settle(draw, at=now)  # the site may have been away
    passed = drawing.pass_on(draw, rank, Void.Reason.TIMEOUT, at=now)
    left = 0 if passed else drawing.seconds_left(draw, rank, at=now)
    problem = _(
        "%(n)d s to answer are left. Before that only an organiser passes somebody over, on the remote, with a reason."
    ) % {"n": left}
    return _answer(request, event, problem if left else "", 409 if left else 200)


def _reason(request, field="reason") -> str:
    """Why, in words that stand in the public log: at most 200 characters."""
    return clean_text(request.POST.get(field, ""))[:200]


def _rank(request) -> int:
    """The rank in the form; 0 without one: whoever is called by the time that a request comes may be somebody else."""
    return _number(request.POST.get("rank"))


def _nobody_meant(request, event):
    return _answer(request, event, _("This page is too old. Load it again."), 422)


@require_POST
@crew_only(Role.HOST)
def abort(request, event, number):
    """Before the box is locked only, and with a reason that everybody sees: one of a few, or words."""
    draw, reason = _draw(event, number), _reason(request) or _reason(request, "words")
    if not reason:
        return _answer(request, event, _("Give the reason: everybody reads it on the proof."), 422)
    try:
        _in_control(request, event)
        drawing.abort(draw, at=database_now(), reason=reason)
    except Stage.NotInControl as refusal:
        return _answer(request, event, preparing.why(refusal), 409)
    except Draw.TooLate:
        return _answer(request, event, _("The box is locked. Everybody can compute the result, so it stands."), 409)
    return _answer(request, event, "")


@require_POST
@crew_only(Role.HOST)
def aside(request, event, number):
    """The show goes on beside a draw that waits for its round of the public beacon."""
    draw = _draw(event, number)
    try:
        _in_control(request, event)
    except Stage.NotInControl as reason:
        return _answer(request, event, preparing.why(reason), 409)
    if beside.set_aside(draw, at=database_now()):
        return _answer(request, event, "")
    return _answer(request, event, _("Only a draw whose round of the public beacon is overdue can be set aside."), 409)


@require_POST
@crew_only(Role.HOST)
def resume(request, event, number):
    """The stage shows a draw that was set aside and has its result by now."""
    draw, now = _draw(event, number), database_now()
    try:
        beside.show(draw, by=request.user, at=now)
    except (Draw.AlreadyRunning, Stage.NotInControl) as reason:
        return _answer(request, event, preparing.why(reason), 409)
    except Draw.TooLate:
        return _answer(request, event, _("This draw still waits for the public beacon."), 409)
    return _answer(request, event, "")


@require_POST
@crew_only(Role.HOST)
def speak(request, event, number):
    """Digits or dice that were called out in the room."""
    text = preparing.spoken(request.POST.get("text", ""))
    if not text:
        return _answer(request, event, _("Type the digits that were called out."), 422)
    draw = _draw(event, number)
    try:
        _in_control(request, event)
        counted = drawing.speak(draw, text, at=database_now())
    except Stage.NotInControl as reason:
        return _answer(request, event, preparing.why(reason), 409)
    except Draw.TooLate:
        return _answer(request, event, _("The box is locked."), 409)
    if not counted:
        return _answer(request, event, _("Enough was called out for this draw."), 429)
    return _answer(request, event, "")
