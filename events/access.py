"""Who may open a page: every view carries exactly one of these marks.

A mark turns the slug in the URL into the event, knows who is asking (`request.attendee`, `request.crew_roles`)
and answers a stranger with 404, so that nobody learns what exists. Superusers count as organisers.
"""

import functools
import operator
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject, new_method_proxy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from events import passes
from events.composed import Composed
from events.models import Attendee, CrewMember, Event, Role, Series

KEY_ROLES = {Role.ORGANISER, Role.HOST}  # who needs a second factor where the house asks for one
_FROM = "FROM events_event event JOIN events_series series ON series.id = event.series_id WHERE event.slug = %s"
_LINE = "(SELECT COUNT(*) FROM events_attendee WHERE event_id = event.id AND status = 'waitlisted')"
_EVENT = Composed("SELECT {event}, {series} " + _FROM, event=Event, series=Series)
_EVENT_AND_LINE = Composed(f"SELECT {{event}}, {{series}}, {_LINE} {_FROM}", event=Event, series=Series)


class Roles(SimpleLazyObject):
    """A set of roles that is read from the database once somebody looks at it."""

    __and__ = new_method_proxy(operator.and_)
    __rand__ = new_method_proxy(lambda roles, others: others & roles)


def roles_of(user, event) -> frozenset[str]:
    """The roles that a user has at an event."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Role.values)
    return frozenset(CrewMember.objects.filter(event=event, user=user).values_list("role", flat=True))


def attendee_for(request, event) -> Attendee | None:
    """Who is holding this device: by the signed cookie, else by the account that is logged in."""
    known = passes.attendee_of(request.COOKIES, event)
    if known is None and request.user.is_authenticated:
        known = event.attendees.filter(user=request.user).first()
    return known


def _event(slug, statement=_EVENT):
    found = statement.one(slug)
    if found is None:
        raise Http404
    event, event.series, *line = found
    if line:
        (event.waiting,) = line
    return event


def _marked(view, mark, wrapper):
    wrapper.access = mark
    return functools.wraps(view, updated=())(wrapper)


def public(view):
    """For everybody; the page belongs to no event."""

    def wrapper(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    return _marked(view, ("public",), wrapper)


def anyone(view=None, *, tells_the_line=False):
    """For everybody, once the event is published; its crew sees it before. A page for somebody known is not stored.

    A page that tells how many wait reads it together with the event.
    """
    if view is None:
        return functools.partial(anyone, tells_the_line=tells_the_line)

    def wrapper(request, event, *args, **kwargs):
        event = _event(event, _EVENT_AND_LINE if tells_the_line and request.method == "GET" else _EVENT)
        request.crew_roles = roles_of(request.user, event)
        if event.published_at is None and not request.crew_roles:
            raise Http404
        request.event, request.attendee = event, attendee_for(request, event)
        response = view(request, event, *args, **kwargs)
        if (request.attendee or request.crew_roles) and "Cache-Control" not in response:
            add_never_cache_headers(response)  # a browser that several people use keeps nobody's page
        return response

    return _marked(view, ("anyone",), wrapper)


def attendee_only(view):
    """For people with a place at this event. Others get 404 and are told how to find their ticket."""

    @never_cache
    def wrapper(request, event, *args, **kwargs):
        attendee = passes.attendee_at(request.COOKIES, event)
        event = attendee.event if attendee else _event(event)
        attendee = attendee or attendee_for(request, event)
        if attendee is None or attendee.forgotten_at:
            if event.published_at is None:
                raise Http404
            return render(request, "errors/no_ticket.html", {"event": event}, status=404)
        request.event, request.attendee = event, attendee
        request.crew_roles = Roles(lambda: roles_of(request.user, event))  # most pages of attendees never look at them
        return view(request, event, *args, **kwargs)

    return _marked(view, ("attendee",), wrapper)


def crew_only(*roles):
    """For the crew with one of these roles; organisers always. Not logged in: to the log-in, if the page is a GET."""
    allowed = frozenset(roles) | {Role.ORGANISER}

    def decorate(view):
        @never_cache
        def wrapper(request, event, *args, **kwargs):
            if not request.user.is_authenticated and request.method == "GET":
                return redirect(f"{settings.LOGIN_URL}?next={quote(request.get_full_path(), safe='/')}")
            event = _event(event)
            request.crew_roles = roles_of(request.user, event)
            if not request.crew_roles & allowed:
                raise Http404
            if (
                request.crew_roles & KEY_ROLES
                and settings.CREW_NEEDS_SECOND_FACTOR
                and not has_second_factor(request.user)
            ):
                messages.info(request, _("Set up a second factor first: a passkey or an authenticator app."))
                return redirect("mfa_index")
            request.event, request.attendee = event, None
            return view(request, event, *args, **kwargs)

        return _marked(view, ("crew", *sorted(allowed)), wrapper)

    return decorate


def signed_in(view):
    """For everybody with an account; the page belongs to no event."""

    @never_cache
    def wrapper(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect(f"{settings.LOGIN_URL}?next={quote(request.get_full_path(), safe='/')}")
        return view(request, *args, **kwargs)

    return _marked(view, ("signed_in",), wrapper)


def has_second_factor(user) -> bool:
    """Whether the user has a passkey or an authenticator app."""
    from allauth.mfa.utils import is_mfa_enabled

    return is_mfa_enabled(user)


def place_after_login(request) -> str | None:
    """Where a person belongs after the log-in: the crew's dashboard, or the newest ticket."""
    user = request.user
    if user.is_superuser or user.crew.exists():
        return None
    attendee = user.attendances.select_related("event").order_by("-event__starts_at").first()
    return reverse("events:ticket", args=[attendee.event.slug]) if attendee else None


def hear(attendee, *, at=None) -> None:
    """Note that the attendee's phone has just spoken to us; at most one write in five seconds."""
    at = at or timezone.now()
    if attendee.heard_at is None or (at - attendee.heard_at).total_seconds() >= 5:
        Attendee.objects.heard(attendee.pk, at=at)
        attendee.heard_at = at
