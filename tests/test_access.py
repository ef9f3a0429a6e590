"""Who may open what: every URL of the resolver, every role, GET and POST, in one table.

A URL without a rule fails the build. A stranger always gets the same answer as for an event that does not exist.
"""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from events import passes
from events.models import CrewMember, Event, Role
from tests.conftest import account

FOREIGN = ("accounts/", "admin/", "^static/", "^media/")


def own_patterns():
    """Every URL of the house as (route, view): allauth and the admin have their own rules."""

    def walk(patterns, prefix=""):
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                if not route.startswith(FOREIGN):
                    yield from walk(entry.url_patterns, route)
            elif isinstance(entry, URLPattern) and not route.startswith(FOREIGN):
                yield route, entry.callback

    return sorted(walk(get_resolver().url_patterns), key=lambda row: row[0])


PATTERNS = own_patterns()
RULES = {
    "public": {"everybody"},
    "anyone": {"everybody"},
    "attendee": {"attendee"},
    "signed_in": {"door", "host", "editor", "organiser", "other", "superuser"},
}


def allowed(mark):
    if mark[0] == "crew":
        return {*mark[1:], "superuser"}
    return RULES[mark[0]]


@pytest.mark.parametrize(("route", "view"), PATTERNS, ids=[route for route, _view in PATTERNS])
def test_every_view_carries_one_mark(route, view):
    mark = getattr(view, "access", None)

    assert mark is not None, f"{route} has no access mark"
    assert mark[0] in {*RULES, "crew"}


@pytest.mark.parametrize(("route", "view"), PATTERNS, ids=[route for route, _view in PATTERNS])
def test_the_first_word_of_a_path_is_its_audience(route, view):
    mark = view.access
    audience = route.lstrip("^").split("/")[0]
    if "<slug:event>" not in route and "(?P<event>" not in route:
        return
    if audience == "attend":
        assert mark[0] in {"anyone", "attendee"}
    else:
        assert audience in {"organise", "stage"}
        assert mark[0] == "crew"


FILLED = {
    "event": "beijing",
    "number": "999999",
    "signed": "x",
    "token": "x",
    "mail": "999999",
    "index": "0",
    "code": "NONE",
    "ending": "png",
    "job": "999999",
    "member": "999999",
    "act": "open",
    "kind": "slides.pdf",
}


def fill(route):
    """A path for the route; ids that exist nowhere, so that only the mark decides."""
    route = route.lstrip("^").rstrip("$").replace("\\.", ".").replace("/?", "/")
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: FILLED.get(match[1], "999999"), route)
    route = re.sub(r"\(\?P<(\w+)>[^()]*(?:\([^)]*\))?[^()]*\)", lambda match: FILLED.get(match[1], "999999"), route)
    route = re.sub(r"\(\?:[^()]*\)\??", "", route)
    return "/" + route.replace("(", "").replace(")", "").replace("?", "")


@pytest.fixture
def cast(beijing, mei, leo, dana, ed, bo, series):
    """One browser for each role."""
    shanghai = Event.objects.create(
        series=series,
        number=2,
        slug="shanghai",
        code="NEXT",
        title="下一站",
        city="上海",
        doors_at=beijing.doors_at,
        starts_at=beijing.starts_at,
        ends_at=beijing.ends_at,
        published_at=beijing.published_at,
    )
    other = account("other@nextstop.example", "Other", shanghai, Role.ORGANISER)
    root = account("root@nextstop.example", "Root", is_staff=True, is_superuser=True)
    CrewMember.objects.filter(user=root).delete()
    people = {"organiser": mei, "host": leo, "door": dana, "editor": ed, "other": other, "superuser": root}
    clients = {"anonymous": Client(), "attendee": Client()}
    clients["attendee"].cookies[passes.COOKIE] = passes.sign(bo)
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    for one in clients.values():
        one.raise_request_exception = False
    return clients


@pytest.mark.parametrize(("route", "view"), PATTERNS, ids=[route for route, _view in PATTERNS])
def test_strangers_learn_nothing(route, view, cast):
    """A crew page answers 404 to whoever is not in its crew, and the log-in to whoever is not logged in."""
    mark, path = view.access, fill(route)
    may = allowed(mark)
    if "everybody" in may:
        return
    for role, client in cast.items():
        if role in may:
            continue
        got, posted = client.get(path), client.post(path)
        if mark[0] in ("crew", "signed_in") and role in ("anonymous", "attendee"):
            assert (got.status_code, got.get("Location", "").split("?")[0]) in {(302, "/accounts/login/"), (405, "")}, (
                role,
                path,
            )
            assert posted.status_code in {404, 405, 302}, (role, path)
        else:
            assert got.status_code in {404, 405}, (role, path, got.status_code)
            assert posted.status_code in {404, 405}, (role, path, posted.status_code)


@pytest.mark.parametrize(("route", "view"), PATTERNS, ids=[route for route, _view in PATTERNS])
def test_those_who_may_are_let_in_and_nothing_breaks(route, view, cast):
    """Whoever may open a page gets an answer that is no log-in page and no crash, also for ids that do not exist."""
    mark, path = view.access, fill(route)
    for role, client in cast.items():
        if role not in allowed(mark) and "everybody" not in allowed(mark):
            continue
        got = client.get(path)
        assert got.status_code != 500, (role, path)
        assert not got.get("Location", "").startswith("/accounts/login/"), (role, path)


def test_a_draft_is_seen_by_its_crew_alone(beijing, cast):
    beijing.published_at = None
    beijing.save()

    assert {role: client.get("/attend/beijing/").status_code for role, client in cast.items()} == {
        "anonymous": 404,
        "attendee": 404,
        "door": 200,
        "editor": 200,
        "host": 200,
        "organiser": 200,
        "other": 404,
        "superuser": 200,
    }


def test_attendees_of_one_event_are_strangers_to_another(cast):
    assert cast["attendee"].get("/attend/shanghai/ticket/").status_code == 404
