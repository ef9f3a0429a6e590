"""Pages of one person: the ticket in each of its states, changing one's mind, one's own data."""

import copy
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from events import (
    admission,
    endings,
    forgetting,
    icebreaking,
    passes,
    printing,
    qr,
    questions,
    reconfirming,
    registration,
    slots,
    standing,
    tickets,
    wallet,
)
from events.access import attendee_only, hear
from events.forms import BringForm, EditForm
from events.models import Attendee, Transition
from events.models.attendee import new_uid
from events.templatetags.house import number4, two
from events.views.attend import calendar_response
from events.views.desks import plain

Status = Attendee.Status
OPENED_BY_MANY = {Status.CONFIRMED, Status.WAITLISTED}  # by all who have just signed up


@attendee_only
def ticket(request, event):
    """The ticket, the place in line, or the offered seat: whatever is true now."""
    attendee, now = _fresh(request, event)
    if attendee.standing["inside"] and "ticket" not in request.GET:
        return redirect("events:aboard", event.slug)
    pieces = slots.collect("ticket", event, request, now)
    shared, own = _context(event, attendee, now) | {"pieces": pieces}, _own(attendee)
    shared["wallet"] = wallet.is_offered() and _has_a_wallet(request)
    alone = shared.get("guests") or not all(piece.for_all for piece in pieces)
    if alone or attendee.status not in OPENED_BY_MANY:
        return render(request, "events/ticket.html", shared | own)
    return printing.page(request, "events/ticket.html", shared=shared, personal=own)


def _has_a_wallet(request) -> bool:
    """Whether this is one of Apple's own browsers: WeChat's on the same phone cannot take a file."""
    agent = request.headers.get("User-Agent", "")
    return "MicroMessenger" not in agent and any(name in agent for name in ("iPhone", "iPad", "Macintosh"))


def _fresh(request, event):
    """The attendee as they are now: an offer that ran out has run out, also when no worker is awake."""
    attendee, now = request.attendee, timezone.now()
    hear(attendee, at=now)
    waits = attendee.status in {Status.OFFERED, Status.WAITLISTED}
    if standing.read(attendee, at=now)["late_offers"] and waits and admission.expire_offers(event, at=now):
        attendee.refresh_from_db()
        standing.read(attendee, at=now)
    return attendee, now


def _own(attendee) -> dict:
    """What stands on the page of this person and on no other."""
    own = {
        "state": state_of(attendee),
        "number": number4(attendee.number),
        "name": attendee.name,
        "car": two(attendee.carriage) or "—",
        "seat": two(attendee.seat) or "—",
        "code": attendee.spaced_code,
        "form_id": new_uid,
    }
    if attendee.status == Status.CONFIRMED:
        own["qr"] = qr.svg(tickets.payload(attendee))
    if attendee.status == Status.WAITLISTED:
        ahead = attendee.standing["ahead"]
        before = ngettext("%(n)s person ahead of you.", "%(n)s people ahead of you.", ahead) % {"n": ahead}
        own |= {"place": ahead + 1, "waiting": attendee.standing["waiting"]}
        own["before"] = before if ahead else _("You are next.")
    return own


def _context(event, attendee, now) -> dict:
    """What stands on the page of everybody in the same case."""
    context: dict[str, Any] = {"status": str(attendee.status)}
    if attendee.status == Status.WAITLISTED:
        context["held_for"] = admission.held_for(event, now)
        until = admission.offer_deadline(event, now) if context["held_for"] == "until" else None
        context["until"] = until and until.replace(second=0, microsecond=0)  # as it is shown: the same for all
    if attendee.status == Status.CONFIRMED and not attendee.invited_by_id:
        context |= _guests(event, attendee, now)
    if attendee.status in registration.MAY_RETURN:
        context |= {"ending": endings.of(attendee), "organisers_no": registration.ended_by_organiser(attendee)}
        context["asks_for_code"] = registration.asks_for_code(event)
        context["seat_free"] = event.seats_left > 0 and event.accepts_registrations(now)
    context["asked"] = _is_asked(attendee, now) and attendee.coming_at is None  # a yes needs no second one
    context["no_mail"] = attendee.contact_kind == Attendee.Contact.PHONE and not settings.SMS_GATEWAY_URL
    return context


def _is_asked(attendee, now) -> bool:
    """Whether "are you still coming?" waits for their answer."""
    asked, said = attendee.asked_at, attendee.coming_at
    open_ = asked is not None and (said is None or said < asked) and now < attendee.event.doors_at
    return open_ and attendee.status == Status.CONFIRMED and attendee.check_in is None


def _guests(event, attendee, now) -> dict:
    """Whom they bring, and how many more they may."""
    guests = list(registration.guests_of(attendee)) if event.plus_ones else []
    for guest in guests:
        guest.event, guest.link = (
            event,
            passes.link(Attendee(event=event, uid=guest.uid, link_version=guest.link_version)),
        )
        guest.place = _place(guest)
    left = max(0, event.plus_ones - len(guests)) if event.accepts_registrations(now) else 0
    return {"guests": guests, "guests_left": left, "asks_of_guests": bool(questions.asked(event))}


def _place(guest) -> int:
    """Where a guest stands in line; 0 for who does not wait."""
    return guest.people_ahead() + 1 if guest.status == Status.WAITLISTED else 0


def state_of(attendee) -> str:
    """A short word that changes when the page would look different."""
    true = standing.of(attendee)
    place = true["ahead"] + 1 if attendee.status == Status.WAITLISTED else 0
    return f"{attendee.status}-{place}-{attendee.carriage or 0}-{attendee.seat or 0}-{int(true['inside'])}"


@attendee_only
def ticket_state(request, event):
    """For the open page: what is true now, and where it belongs."""
    attendee, _now = _fresh(request, event)
    page = "events:aboard" if attendee.standing["inside"] else "events:ticket"
    return JsonResponse({"state": state_of(attendee), "url": reverse(page, args=[event.slug])})


@attendee_only
def ticket_picture(request, event, ending):
    """The ticket as PNG or PDF; there is none for whoever waits or has left."""
    return _picture(request.attendee, ending)


@attendee_only
def guest_picture(request, event, guest, ending):
    """The same of somebody whom one brings and who has no phone."""
    return _picture(_guest(request, event, guest), ending)


def _picture(attendee, ending):
    if attendee.status != Status.CONFIRMED:
        raise Http404
    make, kind = {"png": (tickets.png, "image/png"), "pdf": (tickets.pdf, "application/pdf")}[ending]
    response = HttpResponse(make(attendee), content_type=kind)
    response["Content-Disposition"] = f'inline; filename="{tickets.file_name(attendee, ending)}"'
    return response


def _guest(request, event, uid):
    """Somebody whom the attendee brings."""
    person = get_object_or_404(request.attendee.guests.filter(forgotten_at=None), uid=uid)
    person.event = event
    return person


@attendee_only
def ticket_ics(request, event):
    """The attendee's calendar entry; for a place that was given up it cancels itself."""
    attendee = _on_file(request.attendee)
    _name, _type, body = tickets.calendar_file(attendee, cancelled=not attendee.holds_a_seat)
    return calendar_response(body, f"{event.slug}.ics")


def _on_file(attendee):
    """The attendee as a file tells them: with the address for whoever holds a seat, with the city, as everybody reads it,
    once they gave it up. There is no file for whoever never held one.
    """
    event, seated = attendee.event, Attendee.HOLD_A_SEAT
    if not attendee.holds_a_seat:
        if not attendee.transitions.filter(Q(was__in=seated) | Q(became__in=seated)).exists():
            raise Http404
        if not event.address_is_public:
            attendee, shown = copy.copy(attendee), copy.copy(event)  # never saved
            shown.venue, shown.venue_en, shown.address, shown.address_en = event.city, event.city_en, "", ""
            attendee.event = shown
    return attendee


@attendee_only
def ticket_wallet(request, event):
    """The ticket for Apple Wallet, where the operator has a certificate for it."""
    if not wallet.is_offered():
        raise Http404
    response = HttpResponse(wallet.pkpass(_on_file(request.attendee)), content_type=wallet.KIND)
    response["Content-Disposition"] = f'attachment; filename="{tickets.file_name(request.attendee, "pkpass")}"'
    return response


@attendee_only
def edit(request, event):
    """Change one's name, words and ticks."""
    attendee = request.attendee
    names = ("name", "about", "wish", "newcomer", "photos_ok", "directory_ok", "sponsors_ok", "credits_ok")
    known = {name: getattr(attendee, name) for name in names} | questions.initial(event, attendee.answers)
    known["trade"] = icebreaking.trade_of(attendee)
    form = EditForm(request.POST or None, initial=known, event=event)
    if request.method == "POST" and form.is_valid():
        Attendee.objects.filter(pk=attendee.pk).update(
            **{name: form.cleaned_data[name] for name in names}, answers=_kept(event, attendee) | form.answers
        )
        icebreaking.say_trade(attendee, form.cleaned_data["trade"])
        messages.success(request, _("Saved."))
        return redirect("events:ticket", event.slug)
    return render(request, "events/edit.html", {"form": form}, status=422 if form.errors else 200)


def _kept(event, attendee) -> dict:
    """Answers to questions that are no longer asked stay as they are."""
    now_asked = {question.id for question in questions.asked(event)}
    return {key: answer for key, answer in attendee.answers.items() if key not in now_asked}


@require_POST
@attendee_only
def give_up(request, event):
    """Give the seat, or the place in line, to somebody else."""
    was, now = request.attendee.status, timezone.now()
    if request.attendee.check_in is not None:  # whoever sits there sits there
        return redirect("events:aboard", event.slug)
    guests = list(registration.guests_of(request.attendee)) if "guests" in request.POST else []
    if admission.cancel(request.attendee, at=now):
        for guest in guests:
            if guest.check_in is None:
                admission.cancel(guest, at=now, note=Transition.BY_HOST)
        messages.success(request, _left(was))
    return redirect("events:ticket", event.slug)


def _left(was) -> str:
    if was in Attendee.HOLD_A_SEAT:
        return _("Your seat goes to the next person. Thank you for telling us.")
    return _("You took your application back.") if was == Status.APPLIED else _("You left the line.")


@attendee_only
def coming(request, event):
    """Still coming? A button answers: mail programs open links by themselves."""
    attendee, now = request.attendee, timezone.now()
    if attendee.status != Status.CONFIRMED or now >= event.ends_at:
        return redirect("events:ticket", event.slug)
    if attendee.check_in is not None:  # a mail of yesterday, opened on the chair
        return redirect("events:aboard", event.slug)
    if request.method != "POST":
        return render(request, "events/coming.html", {"at": now})
    yes = request.POST.get("answer") == "yes"
    if reconfirming.answer(attendee, yes, at=now):
        said = _("See you there.") if yes else _("Your seat goes to the next person. Thank you for telling us.")
        messages.success(request, said)
    return redirect("events:ticket", event.slug)


@attendee_only
def bring(request, event):
    """Somebody more: a name, and a page where the organiser has questions of their own; the ticket can be handed over."""
    now, asks = timezone.now(), bool(questions.asked(event))
    form = BringForm(request.POST or None, event=event)
    form_id = plain(request.POST.get("form", ""), 22) or new_uid()
    valid = form.is_valid()
    if asks and not valid and _may_bring(request.attendee, now):
        context = {"form": form, "form_id": form_id}
        return render(request, "events/bring.html", context, status=422 if form.errors else 200)
    if valid:
        _bring(request, now, form, form_id)
    elif form.errors:
        messages.error(request, next(iter(form.errors.values()))[0])
    return _to_guests(event)


def _may_bring(host, now) -> bool:
    seated = host.status == Status.CONFIRMED and not host.invited_by_id
    return seated and _guests(host.event, host, now)["guests_left"] > 0


def _bring(request, now, form, form_id) -> None:
    name = form.cleaned_data["name"]
    try:
        guest = registration.bring(request.attendee, at=now, name=name, answers=form.answers, form_id=form_id)
    except registration.Closed:
        messages.error(request, _("Sign-up has closed."))
    except registration.NoMoreGuests:
        messages.error(request, _("You cannot bring anybody else."))
    else:
        seated = guest.status == Status.CONFIRMED
        messages.success(
            request, _("A ticket for %(name)s.") % {"name": guest.name} if seated else _("Your guest is in line.")
        )


def _to_guests(event):
    return redirect(reverse("events:ticket", args=[event.slug]) + "?ticket#guests")


@attendee_only
def hand_over(request, event, guest):
    """The ticket of somebody whom one brings: to scan, to send, to show at the door; and yes or no in their name."""
    now = timezone.now()
    admission.expire_offers(event, at=now)
    person = _guest(request, event, guest)
    if request.method == "POST":
        _answer_for(request, person, now)
        return redirect("events:hand_over", event.slug, person.uid)
    if person.status in registration.MAY_RETURN:
        if person.status == Status.EXPIRED:
            messages.error(request, _("This offer has run out, the seat went to the next person."))
        return _to_guests(event)
    link = passes.link(person)
    person.place = _place(person)
    context = {"guest": person, "link": link, "qr_link": qr.svg(link, error="l"), "asked": _is_asked(person, now)}
    if person.status == Status.CONFIRMED:
        context["qr_ticket"] = qr.svg(tickets.payload(person))
    return render(request, "events/hand_over.html", context)


def _answer_for(request, guest, now) -> None:
    """What a host says in the name of their guest: to an offered seat, or to "are you still coming?"."""
    yes = request.POST.get("answer") == "yes"
    if guest.status == Status.OFFERED:
        done = (admission.accept if yes else admission.decline)(guest, at=now, note=Transition.BY_HOST)
        said = _("A ticket for %(name)s.") % {"name": guest.name}
    else:
        done = _is_asked(guest, now) and reconfirming.answer(guest, yes, at=now, note=Transition.BY_HOST)
        said = _("See you there.")
    if done:
        messages.success(request, said if yes else _("The seat of %(name)s goes on.") % {"name": guest.name})


@require_POST
@attendee_only
def leave_guest(request, event):
    """A guest does not come: their seat goes to the next person. Whoever sits there sits there."""
    guest = registration.guests_of(request.attendee).filter(uid=request.POST.get("guest", "")).first()
    if guest is not None and guest.check_in is not None:
        messages.info(request, _("%(name)s is inside already.") % {"name": guest.name})
    elif guest is not None:
        admission.cancel(guest, at=timezone.now(), note=Transition.BY_HOST)
    return _to_guests(event)


@require_POST
@attendee_only
def answer_offer(request, event):
    """Yes or no to the seat that was offered."""
    now = timezone.now()
    if request.POST.get("answer") == "yes":
        if not admission.accept(request.attendee, at=now) and request.attendee.status != Status.CONFIRMED:
            messages.error(request, _("This offer has run out, the seat went to the next person."))
    elif admission.decline(request.attendee, at=now):
        messages.success(request, _("Your seat goes to the next person. Thank you for telling us."))
    return redirect("events:ticket", event.slug)


@require_POST
@attendee_only
def come_back(request, event):
    """Somebody who gave up changes their mind: at the end of the line, or straight to a free seat."""
    now = timezone.now()
    try:
        if not registration.again(request.attendee, at=now):
            return _not_again(request, event, now)
    except registration.NoMoreGuests:
        messages.error(
            request, _("Your place among the guests went to somebody else. Ask who invited you, or sign up.")
        )
    return redirect("events:ticket", event.slug)


def _not_again(request, event, now):
    """Where one tap was not enough: the page of the ticket says what an organiser decided, the form asks for the code."""
    attendee = request.attendee
    if not event.accepts_registrations(now):
        messages.error(request, _("Sign-up has closed."))
    elif attendee.status in registration.MAY_RETURN and not registration.ended_by_organiser(attendee):
        return redirect("events:register", event.slug)
    return redirect("events:ticket", event.slug)


@attendee_only
def my_data(request, event):
    """What we hold about the person, and the two buttons: export, delete."""
    if request.method == "POST":
        uid = request.attendee.uid
        forgetting.forget(request.attendee, at=timezone.now())
        response = render(request, "events/forgotten.html", {"attendee": None})
        passes.take_away(response, request, {str(uid)})
        return response
    data = forgetting.export(request.attendee)
    if "export" in request.GET:
        response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
        response["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return response
    return render(request, "events/my_data.html", {"rows": forgetting.readable(request.attendee)})
