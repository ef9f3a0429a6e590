"""Pages for everybody: the announcement, signing up, finding a lost ticket."""

from django.conf import settings
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import calendar_entry, icebreaking, notices, pace, passes, printing, registration
from events.access import anyone
from events.forms import LostTicketForm, RegistrationForm, new_stamp
from events.models import Attendee, User
from events.templatetags.house import number4
from events.views import announcing

CODES_PER_MINUTE = 10  # guesses of an invitation
LINKS_A_DAY = 6  # to one mail address or phone number


@anyone(tells_the_line=True)
def event(request, event):
    """The announcement: everything that a person needs to decide in ten seconds."""
    return render(request, "events/event.html", announcing.context(request, event, timezone.now()))


@anyone
def event_ics(request, event):
    """The public calendar entry."""
    return calendar_response(calendar_entry.for_event(event), f"{event.slug}.ics")


def calendar_response(body, name):
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@anyone
def privacy(request, event):
    """What we keep, why, how long, and how to have it removed."""
    return render(request, "events/privacy.html")


@anyone(tells_the_line=True)
def register(request, event):
    """Two fields and a ticket. The same form twice gives the same ticket."""
    now = timezone.now()
    if request.attendee and request.attendee.status not in registration.MAY_RETURN:
        return redirect("events:ticket", event.slug)
    invitation = request.GET.get("invitation", "")  # a link that brings the code along
    if request.method != "POST":
        return _blank_form(request, event, invitation, now)
    form = RegistrationForm(request.POST, event=event)
    if form.is_valid():
        return _register(request, event, form, now)
    return _form(request, event, form, now, status=422)


def _blank_form(request, event, invitation, now):
    """The form that nobody has filled in: the same for a whole crowd, but for its id, the number and the line."""
    shared, personal = _around_the_form(event, now)
    shared["invited"] = bool(invitation)

    def form(texts):
        code = texts["invitation"] if invitation else ""
        return {"form": RegistrationForm(event=event, initial={"stamp": texts["stamp"], "invitation": code})}

    personal |= {"stamp": new_stamp(), "invitation": invitation}
    return _each_its_own(printing.page(request, "events/register.html", shared=shared, personal=personal, more=form))


def _form(request, event, form, now, status):
    """The form as somebody has filled it in, with what is wrong in it."""
    shared, personal = _around_the_form(event, now)
    context = shared | personal | {"form": form}
    return _each_its_own(render(request, "events/register.html", context, status=status))


def _around_the_form(event, now) -> tuple[dict, dict]:
    """What stands around the fields: the same for everybody, and what the next sign-up changes."""
    line = ngettext(
        "%(n)s person waits. Seats go in order, and we tell you when it is your turn.",
        "%(n)s people wait. Seats go in order, and we tell you when it is your turn.",
        event.waiting,
    )
    shared = {"open": event.accepts_registrations(now), "full": event.offers_the_line(event.waiting)}
    return shared, {"number": number4(event.tickets_issued + 1), "line": line % {"n": event.waiting}}


def _each_its_own(response):
    response["Cache-Control"] = "no-store"  # each form has its own id
    return response


def _register(request, event, form, now):
    if form.is_a_bot() or form.is_too_fast():
        form.pardon()
        form.add_error(None, _("That was faster than a person can type. If you are one, press the button again."))
        return _form(request, event, form, now, status=429)
    if pace.too_many(request, "register", per_minute=pace.A_HALL, at=now):
        form.add_error(None, _("Too many sign-ups at once. Wait a minute and send the form again."))
        return _form(request, event, form, now, status=429)
    if event.admission == "invitation" and pace.is_over(request, "invitation", per_minute=CODES_PER_MINUTE, at=now):
        form.add_error("invitation", _("Too many tries, wait a minute."))
        return _form(request, event, form, now, status=429)
    try:
        outcome = registration.register(
            event,
            at=now,
            heard_at=now,
            language=translation.get_language(),
            known=request.attendee,
            **form.person(),
        )
    except registration.Closed:
        return _form(request, event, form, now, status=409)
    except registration.WrongCode:
        pace.too_many(request, "invitation", per_minute=CODES_PER_MINUTE, at=now)
        form.add_error("invitation", _("That is not the code."))
        return _form(request, event, form, now, status=422)
    if outcome.new:
        icebreaking.say_trade(outcome.attendee, form.cleaned_data["trade"])
    return _answer(request, event, outcome, form)


def _answer(request, event, outcome, form):
    """The ticket, in the browser that sent the form. A contact that was there already: see `_known_contact`."""
    attendee = outcome.attendee
    same_form = bool(form.form_id) and attendee.form_id == form.form_id
    if outcome.returned and request.attendee != attendee:  # what they once said is read by whoever reads their mail
        return _link_sent(request, attendee.contact_kind)
    if not outcome.new and not same_form:
        return _known_contact(request, event, attendee)
    response = redirect("events:ticket", event.slug)
    passes.remember(response, request, attendee)
    return response


def _known_contact(request, event, attendee):
    """Somebody with this contact has a ticket: this device sees it only if it is theirs; else the link goes out."""
    if request.attendee == attendee:
        return redirect("events:ticket", event.slug)
    send_link(request, attendee)
    return _link_sent(request, attendee.contact_kind)


def _link_sent(request, kind):
    sent = kind == Attendee.Contact.MAIL or bool(settings.SMS_GATEWAY_URL)
    return render(request, "events/link_sent.html", {"kind": kind, "sent": sent})


def send_link(request, attendee) -> None:
    """Send the signed link to the contact, at most once a minute, and a few times a day whoever asks."""
    now, whose = timezone.now(), salted_hmac("nextstop.links", attendee.contact).hexdigest()[:16]
    if pace.too_many(request, "link", per_minute=1, at=now, of=attendee.uid):
        return
    if not pace.too_many(request, "links", per_minute=LINKS_A_DAY, at=now, of=whose, seconds=86_400):
        notices.notify(attendee, "link", at=now)


@anyone
def open_pass(request, event, signed):
    """The signed link from the mail: this device knows the person from now on."""
    found = passes.read(signed)
    attendee = found and event.attendees.filter(uid=found[0], link_version=found[1]).first()
    if not attendee:
        raise Http404
    if request.attendee is not None and attendee.invited_by_id == request.attendee.pk:  # their host, to pass it on
        return redirect("events:hand_over", event.slug, attendee.uid)
    then = "events:coming" if request.GET.get("then") == "coming" else "events:ticket"
    response = redirect(then, event.slug)
    passes.remember(response, request, attendee)
    return response


@anyone
def lost_ticket(request, event):
    """The way back: a code to the mail (through the accounts), a link to the phone where a gateway is configured."""
    form = LostTicketForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "by_phone": bool(settings.SMS_GATEWAY_URL)}
        return render(request, "events/lost_ticket.html", context, status=422 if form.errors else 200)
    contact = form.cleaned_data["contact"]
    attendee = registration.find(event, contact)
    if form.contact_kind == Attendee.Contact.PHONE:
        if attendee:
            send_link(request, attendee)
        return _link_sent(request, form.contact_kind)
    if attendee and attendee.user is None:  # the account is made when it is needed, and opens only by a code
        Attendee.objects.filter(pk=attendee.pk).update(user=User.objects.of(contact))
    return _request_code(request, contact, reverse("events:ticket", args=[event.slug]))


def _request_code(request, email, then):
    """Hand over to allauth: it mails a six-digit code, and says the same whether or not the address is known."""
    from allauth.account.views import request_login_code

    data = QueryDict(mutable=True)
    data.update({"email": email, "next": then})
    request._post = data  # allauth's form has one field, and its own name for it
    return request_login_code(request)
