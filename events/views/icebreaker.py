"""The ice-breaker on a phone: one's own card, the people who want to be found, meeting and sharing."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import icebreaking
from events.access import attendee_only, crew_only
from events.intro_form import IntroForm
from events.models import Attendee, IntroCard, Role
from events.text import clean_text

PER_PAGE = 100
PAGES = {"recap": "events:recap", "people": "events:people"}


def _here(request):
    """The attendee with a place; others have nobody to meet here."""
    if request.attendee.status != Attendee.Status.CONFIRMED:
        raise Http404
    return request.attendee


def _back(request, event):
    """To the page where it was pressed, in the directory to its number and its search."""
    address = reverse(PAGES.get(request.POST.get("then", ""), "events:aboard"), args=[event.slug])
    place = {name: request.POST[name] for name in ("page", "q") if request.POST.get(name)}
    return redirect(f"{address}?{urlencode(place)}" if place and request.POST.get("then") == "people" else address)


def _other(request, event):
    return get_object_or_404(_others(request, event).confirmed(), uid=request.POST.get("who", ""))


def _others(request, event):
    return event.attendees.filter(forgotten_at=None).exclude(pk=request.attendee.pk)


@attendee_only
def card(request, event):
    """What I say of myself, and who has my contact."""
    attendee = _here(request)
    mine = IntroCard.objects.filter(attendee=attendee).first() or IntroCard(attendee=attendee)
    names = ("trade", "ask_me", "contact", "alone")
    initial = {name: getattr(mine, name) for name in names} | {"directory_ok": attendee.directory_ok}
    form = IntroForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        IntroCard.objects.update_or_create(
            attendee=attendee, defaults={name: form.cleaned_data[name] for name in names}
        )
        Attendee.objects.filter(pk=attendee.pk).update(directory_ok=form.cleaned_data["directory_ok"])
        messages.success(request, _("Saved."))
        return redirect("events:aboard" if attendee.check_in else "events:ticket", event.slug)
    context = {"form": form, "has_mine": icebreaking.has_my_contact(attendee)}
    return render(request, "events/card.html", context, status=422 if form.errors else 200)


@attendee_only
def people(request, event):
    """The directory: those who asked to be listed, all of them, page by page."""
    attendee, query = _here(request), clean_text(request.GET.get("q", ""))[:40]
    rows = icebreaking.directory(event, query).exclude(pk=attendee.pk)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"people": icebreaking.seen_by(attendee, page), "page": page, "q": query}
    return render(request, "events/people.html", context)


@require_POST
@attendee_only
def met(request, event):
    """ "We met": it counts when both have said so."""
    other = _other(request, event)
    _here(request)
    if not icebreaking.may_be_asked(request.attendee, other):
        messages.info(request, _("%(name)s would like some quiet today.") % {"name": other.name})
    else:
        icebreaking.meet(request.attendee, other, at=timezone.now())
    return _back(request, event)


@require_POST
@attendee_only
def share(request, event):
    """Give one's contact to somebody whom one met; they see it when both agree."""
    if request.POST.get("take") == "back":
        return _take_back(request, event)
    attendee, other = _here(request), _other(request, event)
    mine = IntroCard.objects.filter(attendee=attendee).first()
    if not (mine and mine.contact):
        messages.info(request, _("Write down first which contact you want to swap."))
        return redirect("events:intro", event.slug)
    if not icebreaking.share(attendee, other, at=timezone.now()):
        raise Http404
    return _back(request, event)


def _take_back(request, event):
    """From anybody, also once one of the two has lost their place."""
    other = get_object_or_404(_others(request, event), uid=request.POST.get("who", ""))
    if not icebreaking.share(request.attendee, other, at=None):
        raise Http404
    return _back(request, event)


@require_POST
@crew_only(Role.HOST)
def next_card(request, event):
    """The host lays the next card on every table."""
    icebreaking.next_beat(event, at=timezone.now())
    return redirect("events:remote", event.slug)
