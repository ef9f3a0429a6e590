"""The sidebar of the desk: where each role may go."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.models import Role

NOT_DOOR = frozenset(Role.values) - {Role.DOOR}  # who stands at the door sees the door
HOST, DOOR, EDITOR = ({Role.ORGANISER, role} for role in (Role.HOST, Role.DOOR, Role.EDITOR))
ORGANISER = {Role.ORGANISER}
# title, icon, URL name, roles
DAY = [
    (_("Overview"), "gauge", "dashboard", NOT_DOOR),
    (_("Run of show"), "route", "talks:run", HOST),
    (pgettext_lazy("place", "Door"), "door", "events:door", DOOR),
    (_("Attendees"), "users", "events:attendees", ORGANISER),
    (_("Questions"), "ask", "talks:moderation", HOST),
    (_("Film"), "film", "cocreation:desk", EDITOR),
    (_("Raffle"), "gift", "raffle:desk", HOST | DOOR),
    (_("Stage"), "stage", "events:remote", HOST),
]
AROUND = [
    (pgettext_lazy("plan", "Seats"), "list", "events:seats", ORGANISER),
    (_("Sponsors"), "sponsor", "admin:events_sponsor_changelist", ORGANISER),
    (_("Crew"), "team", "events:crew", ORGANISER),
    (_("Recap"), "list", "events:recap", ORGANISER | HOST),
    (_("Next city"), "route", "events:clone", ORGANISER),
    (_("Jobs"), "refresh", "jobs", EDITOR),
    (_("Settings"), "cog", "admin:events_event_change", ORGANISER),
]


def entries(request):
    """Context for `ui/desk_side.html`: the entries that the person's roles open."""
    event, roles = getattr(request, "event", None), getattr(request, "crew_roles", frozenset())
    if event is None or not roles:
        return {}
    return {
        "desk_entries": {"day": _entries(DAY, request, event, roles), "around": _entries(AROUND, request, event, roles)}
    }


def _entries(rows, request, event, roles):
    found = []
    for title, icon, name, allowed in rows:
        url = _url(name, event) if roles & allowed else None
        if url:
            badge = event.questions.waiting().count() if name == "talks:moderation" else 0
            found.append({"title": title, "icon": icon, "url": url, "current": url == request.path, "badge": badge})
    return found


def _url(name, event):
    try:
        if name.endswith("_changelist"):
            return f"{reverse(name)}?event__id__exact={event.pk}"
        return reverse(name, args=[event.pk if name.startswith("admin:") else event.slug])
    except NoReverseMatch:
        return None
