"""Who may open what: every URL of the resolver, every role, GET and POST, in one table.

A URL without a rule fails the build. A stranger always gets the same answer as for an event that does not exist.
"""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cocreation import teams
from cocreation.models import Challenge
from events import passes
from events.models import CrewMember, Event, Role
from raffle import handing
from sessions import speaking
from sessions.models import Speaker
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
# Known by a cookie or a signed link, without an account. Speakers and sponsors have pages of their own behind their
# links; to every other page they are people from the street.
NO_ACCOUNT = {"anonymous", "attendee", "another attendee", "team lead", "speaker", "sponsor"}
RULES = {
    "public": {"everybody"},
    "anyone": {"everybody"},
    "attendee": {"attendee", "another attendee", "team lead"},
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
def cast(beijing, mei, leo, dana, ed, bo, chen, dai, acme, series):
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
    clients = {name: Client() for name in NO_ACCOUNT}
    challenge = Challenge.objects.create(event=beijing, title="c", closes_at=beijing.ends_at)
    teams.make(challenge, dai, "kite")
    for name, attendee in {"attendee": bo, "another attendee": chen, "team lead": dai}.items():
        clients[name].cookies[passes.COOKIE] = passes.sign(attendee)
    speaker = Speaker.objects.create(event=beijing, name="S")
    assert clients["speaker"].get(urlsplit(speaking.link(speaker)).path).status_code == 302
    assert clients["sponsor"].get(f"/attend/beijing/raffle/sponsor/{handing.sponsor_token(acme)}/").status_code == 200
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    handler = next(iter(clients.values())).handler
    for one in clients.values():
        one.raise_request_exception, one.handler = False, handler  # the middleware is loaded once for a dozen of them
    return clients


TO_THE_LOG_IN = (302, "/accounts/login/")


def answer_of(response):
    return response.status_code, response.get("Location", "").split("?")[0]


@pytest.mark.parametrize(("route", "view"), PATTERNS, ids=[route for route, _view in PATTERNS])
def test_strangers_learn_nothing(route, view, cast):
    """A crew page answers 404 to whoever is not in its crew, and a GET without a log-in with the way to it."""
    mark, path = view.access, fill(route)
    may = allowed(mark)
    if "everybody" in may:
        return
    for role, client in cast.items():
        if role in may:
            continue
        got, posted = client.get(path), client.post(path)
        if mark[0] in ("crew", "signed_in") and role in NO_ACCOUNT:
            assert answer_of(got) in {TO_THE_LOG_IN, (405, "")}, (role, path)
            refused = {(404, ""), (405, "")} if mark[0] == "crew" else {TO_THE_LOG_IN, (405, "")}
            assert answer_of(posted) in refused, (role, path)  # what was done answers 302, too: to another page
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
        for answer in (client.get(path), client.post(path)):  # an empty form, too, has an answer
            assert answer.status_code != 500, (role, path)
            assert not answer.get("Location", "").startswith("/accounts/login/"), (role, path)


def test_a_draft_is_seen_by_its_crew_alone(beijing, cast):
    beijing.published_at = None
    beijing.save()

    assert {role: client.get("/attend/beijing/").status_code for role, client in cast.items()} == {
        "anonymous": 404,
        "attendee": 404,
        "another attendee": 404,
        "team lead": 404,
        "speaker": 404,
        "sponsor": 404,
        "door": 200,
        "editor": 200,
        "host": 200,
        "organiser": 200,
        "other": 404,
        "superuser": 200,
    }


def test_attendees_of_one_event_are_strangers_to_another(cast):
    assert cast["attendee"].get("/attend/shanghai/ticket/").status_code == 404


def foreign_patterns(*prefixes):
    """The URLs of the admin and of allauth as (route, name)."""

    def walk(patterns, prefix=""):
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, route)
            elif route.startswith(prefixes):
                yield route

    return sorted(set(walk(get_resolver().url_patterns)))


OPEN_IN_ADMIN = {"admin/login/", "admin/logout/", "admin/jsi18n/"}  # words of the calendar widget, the way in and out
# What one must be able to reach without an account, to get one back or to come in. Sign-up is closed: it says so.
OPEN_IN_ACCOUNTS = {
    "accounts/login/",
    "accounts/login/code/",
    "accounts/login/code/confirm/",
    "accounts/logout/",
    "accounts/signup/",
    "accounts/inactive/",
    "accounts/password/reset/",
    "accounts/password/reset/done/",
    "accounts/password/reset/key/done/",
    "accounts/confirm-email/",
}


@pytest.mark.parametrize("route", [r for r in foreign_patterns("admin/") if r not in OPEN_IN_ADMIN])
def test_the_admin_is_for_organisers_alone(route, cast):
    """Whoever has no account, or one without the organiser's rights, is sent to the way in: by GET and by POST."""
    path = fill(route.replace("(?P<url>.*)$", "nothing-here"))
    for role in [*sorted(NO_ACCOUNT), "door", "editor", "host"]:
        for answer in (cast[role].get(path), cast[role].post(path)):
            assert answer.status_code in {302, 301, 403, 404}, (role, path, answer.status_code)
            if answer.status_code == 302:
                assert answer["Location"].startswith(("/admin/login/", "/accounts/login/")), (role, path)


@pytest.mark.parametrize("route", [r for r in foreign_patterns("accounts/") if r not in OPEN_IN_ACCOUNTS])
def test_the_pages_of_an_account_are_for_who_is_logged_in(route, cast):
    """Nothing of an account is shown or changed without a log-in, and no form of it breaks."""
    for role in sorted(NO_ACCOUNT):
        for answer in (cast[role].get(fill(route)), cast[role].post(fill(route))):
            assert answer.status_code != 500, (role, route)
            if answer.status_code == 200:
                assert not answer.context or not answer.context["user"].is_authenticated, (role, route)
                assert b"@nextstop.example" not in answer.content, (role, route)


def test_who_stands_at_the_door_sees_the_door_and_the_prize_desk_and_nothing_else(cast):
    """The desk's other rooms answer 404 (above); the dashboard, where everybody begins, is the door itself."""
    crew = [(route, view.access) for route, view in PATTERNS if view.access[0] == "crew" and "door" in view.access]
    elsewhere = {route for route, _mark in crew if "/door/" not in route}

    assert elsewhere == {
        "organise/<slug:event>/",
        "organise/<slug:event>/raffle/",
        "organise/<slug:event>/raffle/<int:number>/spot-check/",
        "organise/<slug:event>/raffle/claims/<int:claim>/",
        "organise/<slug:event>/raffle/paper/",
    }
    assert cast["door"].get("/organise/beijing/")["Location"] == "/organise/beijing/door/"
    assert cast["door"].get("/organise/beijing/now/").status_code == 404
    page = cast["door"].get("/organise/beijing/raffle/").content.decode()
    assert 'href="/organise/beijing/door/"' in page and 'href="/organise/beijing/"' not in page
