"""People who let themselves in: by the code on the stage, or at a tablet by the door."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from events import boarding_code, door, door_pass, pace
from events.access import attendee_only, crew_only
from events.models import Attendee, Role, Scan

TRIES_PER_MINUTE = 6


@attendee_only
def board(request, event):
    """One button; the code comes with the stage's QR, and is another one each minute."""
    attendee, now = request.attendee, timezone.now()
    code = (request.POST.get("c") or request.GET.get("c") or "")[:12]
    if attendee.status != Attendee.Status.CONFIRMED:
        return redirect("events:ticket", event.slug)
    if not event.is_running(now):
        raise Http404
    if attendee.check_in:
        return redirect("events:aboard", event.slug)
    if request.method != "POST":
        return render(request, "events/board.html", {"code": code})
    if pace.too_many(request, "board", per_minute=TRIES_PER_MINUTE, at=now, of=attendee.uid):
        messages.error(request, _("Too many tries, wait a minute."))
    elif not boarding_code.is_valid(event, code, now):
        messages.error(request, _("That code has gone. Scan the stage once more."))
    else:
        nonce = f"self-{attendee.pk}-{attendee.check_ins.count()}"
        door.scan(event, attendee.code, at=now, door=_("stage"), nonce=nonce, by=None, how=Scan.How.SELF)
        return redirect("events:aboard", event.slug)
    return render(request, "events/board.html", {"code": ""}, status=422)


@crew_only(Role.DOOR)
def kiosk(request, event):
    """A tablet that stands by the door: people hold up their ticket themselves. Nothing else is on it."""
    words = {key: str(label) for key, label in Scan.Answer.choices}
    context = {"pass": door_pass.issue(request.user, event), "answers": words, "desk": {"door": _("kiosk")}}
    return render(request, "events/kiosk.html", context)
