"""What must not leave: names and contacts in logs and error reports, pages of one person in a shared browser."""

import json
import logging

import pytest
import sentry_sdk
from django.db import IntegrityError
from django.urls import URLResolver, get_resolver
from sentry_sdk.transport import Transport

from config import logs
from raffle import handing

NAME, CONTACT = "林小满", "bo@nextstop.example"
SECRET = "eyJ-signed_VALUE.of:somebody"


def signed_routes():
    """Every route of the site that holds a secret, with one in it."""

    def walk(patterns, prefix=""):
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, route)
            elif any(f":{name}>" in route or f"<{name}>" in route for name in ("token", "signed", "key")):
                yield route

    return sorted(walk(get_resolver().url_patterns))


def test_there_are_such_routes():
    assert {"-/enter/<str:token>/", "attend/<slug:event>/raffle/sponsor/<str:token>/"} < set(signed_routes())


@pytest.mark.parametrize("route", signed_routes())
def test_no_log_holds_the_secret_of_a_link(route):
    path = "/" + route.replace("^", "").replace("$", "")
    for name in ("token", "signed", "key"):
        for kind in ("str:", ""):
            path = path.replace(f"<{kind}{name}>", SECRET)
    path = path.replace("(?P<key>[-:\\w]+)/", f"{SECRET}/").replace("(?P<key>.+)/", f"{SECRET}/")

    told = logs.without_personal_data(None, None, {"path": path, "event": f'GET "{path}" 200'})

    assert SECRET in path
    assert SECRET not in told["path"] and SECRET not in told["event"]


@pytest.mark.parametrize(
    "contact", ["+8613800138000", "13800138000", "+447911123456", "+6591234567", "+85291234567", "bo@nextstop.example"]
)
def test_no_log_holds_a_contact(contact):
    said = logs.cleaned(f"sent to {contact}.")
    assert said.startswith("sent to …")
    assert contact not in said
    assert contact not in logs.cleaned([{"to": f"({contact})"}])[0]["to"]


def test_a_log_keeps_its_times():
    assert logs.cleaned("2026-01-06T15:38:00.123456+08:00 took 1699999 ms") == (
        "2026-01-06T15:38:00.123456+08:00 took 1699999 ms"
    )


class Box(Transport):
    """Where error reports would leave the house."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def capture_envelope(self, envelope):
        self.sent += [item.payload.json for item in envelope.items if item.payload.json]


@pytest.fixture
def box():
    logs.report_errors_to("https://public@errors.example/1")
    box = Box()
    sentry_sdk.get_client().transport = box
    yield box
    sentry_sdk.init()


def test_an_error_report_names_nobody(box):
    """PostgreSQL quotes the row that it refuses; a frame holds the form; the address holds the pass."""
    form = {"name": NAME, "contact": CONTACT}
    try:
        raise IntegrityError(f"violates unique constraint\nDETAIL:  Failing row contains (7, {NAME}, {CONTACT}).")
    except IntegrityError:
        logging.getLogger("events.registration").exception("Internal Server Error: /attend/beijing/pass/%s/", SECRET)

    (report,) = box.sent
    text = json.dumps(report, ensure_ascii=False)
    assert "IntegrityError" in text and "unique constraint" in text
    assert [word for word in (*form.values(), SECRET) if word in text] == []


@pytest.mark.parametrize("page", ["", "live/", "programme/", "film/", "raffle/", "privacy/"])
def test_a_page_for_somebody_known_is_not_stored(beijing, bo, leo, as_attendee, client_of, visitor, page):
    path = f"/attend/beijing/{page}"

    assert "no-store" in as_attendee(bo).get(path)["Cache-Control"]
    assert "no-store" in client_of(leo).get(path)["Cache-Control"]
    assert "no-store" not in visitor.get(path).get("Cache-Control", "")


def test_a_sponsors_own_page_is_not_stored(beijing, acme, visitor):
    answer = visitor.get(f"/attend/beijing/raffle/sponsor/{handing.sponsor_token(acme)}/")

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/attend/beijing/", "/accounts/login/", "/attend/nowhere/", "/attend/beijing/live/"])
def test_every_page_says_what_a_browser_may_do_with_it(beijing, visitor, path):
    answer = visitor.get(path)

    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in policy["script-src"] and "http:" not in policy["script-src"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] in ("same-origin", "strict-origin-when-cross-origin", "no-referrer")
