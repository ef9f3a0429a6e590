"""Pages that are drawn once for a crowd: each person finds their own in it, and nothing of anybody else."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import set_script_prefix
from django.utils import timezone

from events import printing, qr, tickets
from events.models import Attendee, CheckIn, Event
from tests.conftest import seat
from tests.stamps import stamp

FORM, TICKET = "/attend/beijing/register/", "/attend/beijing/ticket/"
WAITS = Attendee.Status.WAITLISTED
MARKUP = "<b>{{ 7|add:7 }}&"


@pytest.fixture
def soon(beijing):
    """The event some days before it begins, as a crowd signs up for it."""
    later = timedelta(days=9)
    Event.objects.update(**{name: getattr(beijing, name) + later for name in ("doors_at", "starts_at", "ends_at")})
    beijing.refresh_from_db()
    return beijing


def browser(language="en", **headers):
    return Client(enforce_csrf_checks=True, headers={"accept-language": language, **headers})


def page(client, path=FORM):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def hidden(text, name):
    return re.search(f'name="{name}" value="([^"]+)"', text)[1]


def stripped(text, *own):
    """The page without what is one person's."""
    for value in sorted(map(str, own), key=len, reverse=True):
        assert value in text, value
        text = text.replace(value, "…")
    return re.sub(r'(name="csrfmiddlewaretoken" value=)"[^"]+"', r"\1", text)


def test_each_form_has_its_own_id_and_its_own_token_and_both_are_good(soon):
    people = [browser(), browser()]
    texts = [page(person) for person in people]

    for name in ("stamp", "csrfmiddlewaretoken"):
        assert len({hidden(text, name) for text in texts}) == 2
    for number, (person, text) in enumerate(zip(people, texts, strict=True)):
        fields = {"name": "Bo", "contact": f"p{number}@nextstop.example", "stamp": stamp(form=f"form{number}")}
        assert (
            person.post(FORM, fields | {"csrfmiddlewaretoken": hidden(text, "csrfmiddlewaretoken")}).status_code == 302
        )
    assert people[0].post(FORM, {"csrfmiddlewaretoken": hidden(texts[1], "csrfmiddlewaretoken")}).status_code == 403


def test_the_same_browser_gets_a_new_form_each_time(soon):
    person = browser()

    assert len({hidden(page(person), "stamp") for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"title_en": "Another name"}, "Another name"),
        ({"admission": "approval"}, "The organiser reads every application"),
        ({"admission": "invitation"}, "Invitation code"),
        ({"cancelled_at": timezone.now()}, "This stop is cancelled."),
        ({"registration_closes_at": timezone.now()}, "Sign-up for this stop has closed."),
        ({"capacity": 0}, "All 0 seats are taken."),
        ({"city_en": "Peking"}, "Stop 01 Peking"),
        ({"questions_asked": [{"id": "q_1", "kind": "text", "label": "Vegetables?"}]}, "Vegetables?"),
    ],
)
def test_a_changed_event_shows_at_once(soon, change, shown):
    before = page(browser())
    Event.objects.update(**change)

    after = page(browser())

    assert (shown in before, shown in after) == (False, True)


def test_a_changed_series_shows_at_once(soon, series):
    Event.objects.update(registration_closes_at=timezone.now())
    page(browser())
    type(series).objects.update(slug="elsewhere")

    assert "/elsewhere/" in page(browser())


def test_each_reads_their_language_and_sees_their_theme(soon):
    seen = {
        (language, theme): page(browser(language), f"{FORM}{theme}")
        for _ in range(2)
        for language in ("en", "zh")
        for theme in ("", "?theme=dark", "?theme=light")
    }

    for (language, theme), text in seen.items():
        assert ('lang="en" data-lang="en"' in text, "Print my ticket" in text) == (language == "en",) * 2
        assert re.findall('data-theme="(.*?)"', text) == ([theme.partition("=")[2]] if theme else [])


def test_the_number_and_the_line_are_true_after_every_sign_up(soon):
    Event.objects.update(capacity=1)
    told = []
    for name in "abc":
        text = page(browser())
        told.append((re.search(r"No\.(\d+)", text)[1], re.findall(r"\d (?:person waits|people wait)", text)))
        Client().post(FORM, {"name": name, "contact": f"{name}@nextstop.example", "stamp": stamp(form=name)})

    assert told == [("0001", []), ("0002", ["0 people wait"]), ("0003", ["1 person waits"])]


def test_an_invitation_stands_in_the_form_of_who_brings_it(soon):
    Event.objects.update(admission="invitation", invitation_code="WELCOME")

    assert 'value="WELCOME"' in page(browser(), f"{FORM}?invitation=WELCOME")
    assert 'value="&lt;b&gt;{{ 7|add:7 }}&amp;"' in Client().get(FORM, {"invitation": MARKUP}).content.decode()
    assert "WELCOME" not in page(browser()) and "&lt;b&gt;" not in page(browser())


@pytest.mark.parametrize("status", [Attendee.Status.CONFIRMED, WAITS])
def test_two_tickets_differ_in_what_is_theirs_and_in_nothing_else(soon, as_attendee, status):
    people = [
        seat(soon, name, f"{name}@nextstop.example", status=status, carriage=car, seat=9, queued_at=timezone.now())
        for name, car in (("Xiaoman", 3), ("Kevin", 4))
    ]
    texts = [page(as_attendee(person), TICKET) for person in people]
    own = [
        [
            f"No.{one.number:04d}",
            one.spaced_code,
            f">{one.name}<",
            f">{one.carriage:02d}<",
            qr.svg(tickets.payload(one)),
        ]
        if status != WAITS
        else [f"{one.name}, your number is {one.number:04d}", f'">{place}<span>/ 2', before]
        for place, one, before in zip((1, 2), people, ("You are next.", "1 person ahead of you."), strict=True)
    ]
    rest = [
        stripped(text, *values, f"Ticket {one.number:04d}", re.search('state="(.*?)"', text)[1])
        for text, values, one in zip(texts, own, people, strict=True)
    ]

    if status != WAITS:  # the stub
        rest = [text.replace(f"{one.number:04d}", "…") for text, one in zip(rest, people, strict=True)]
    assert rest[0] == rest[1]
    for text, other in zip(texts, reversed(people), strict=True):
        assert [value for value in (other.name, other.code, other.spaced_code, other.uid) if value in text] == []


@pytest.mark.parametrize("status", [Attendee.Status.CONFIRMED, WAITS])
def test_a_name_is_a_name_and_no_markup(soon, as_attendee, status):
    person = seat(soon, MARKUP, "bo@nextstop.example", status=status, queued_at=timezone.now())

    text = page(as_attendee(person), TICKET)

    assert "&lt;b&gt;{{ 7|add:7 }}&amp;" in text and MARKUP not in text


def test_a_message_is_read_by_who_it_is_for_and_once(soon, as_attendee):
    bo, chen = (seat(soon, name, f"{name}@nextstop.example", status=WAITS, queued_at=timezone.now()) for name in "bc")
    phone, other = as_attendee(bo), as_attendee(chen)
    page(phone, TICKET)
    phone.post("/attend/beijing/offer/", {"answer": "yes"})

    said = ["This offer has run out" in page(client, TICKET) for client in (other, phone, phone)]

    assert said == [False, True, False]


def test_the_place_in_line_is_true_when_somebody_leaves(soon, as_attendee):
    first, second = (
        seat(soon, name, f"{name}@nextstop.example", status=WAITS, queued_at=timezone.now()) for name in "ab"
    )
    phone = as_attendee(second)
    before = page(phone, TICKET)
    as_attendee(first).post("/attend/beijing/give-up/")

    assert ("1 person ahead of you." in before, "You are next." in page(phone, TICKET)) == (True, True)


def test_who_came_in_is_sent_on_from_the_ticket(soon, as_attendee):
    bo, chen = seat(soon, "Bo", "b@nextstop.example"), seat(soon, "Chen", "c@nextstop.example")
    page(as_attendee(bo), TICKET)
    CheckIn.objects.create(attendee=bo, at=timezone.now())

    assert as_attendee(bo).get(TICKET)["Location"] == "/attend/beijing/aboard/"
    assert as_attendee(chen).get(TICKET).status_code == 200


def test_a_host_sees_their_guests_and_nobody_else_does(soon, as_attendee):
    Event.objects.update(plus_ones=2)
    host, other = seat(soon, "Bo", "b@nextstop.example"), seat(soon, "Chen", "c@nextstop.example")
    page(as_attendee(host), TICKET)
    wen = seat(soon, "Wen", "", invited_by=host, contact_kind="none")

    assert ["Wen" in page(as_attendee(person), TICKET) for person in (host, other)] == [True, False]
    Attendee.objects.filter(pk=wen.pk).update(name="Wenwen")
    assert "Wenwen" in page(as_attendee(host), TICKET)
    assert ["1 more person" in page(as_attendee(person), TICKET) for person in (host, other)] == [True, False]


def test_the_pages_of_a_crowd_ask_the_database_once_or_twice(soon, as_attendee):
    people = [seat(soon, "Bo", "b@nextstop.example"), seat(soon, "C", "c@nextstop.example", status=WAITS)]
    for person in people:
        person.queued_at = person.heard_at = timezone.now()
        person.save()

    def asked(client, path):
        with CaptureQueriesContext(connection) as queries:
            page(client, path)
        return len(queries)

    assert asked(browser(), FORM) == 1
    assert [asked(as_attendee(person), TICKET) for person in people] == [2, 2]


def test_every_answer_has_the_same_policy_but_for_its_nonce(soon):
    plain = browser().get(FORM)["Content-Security-Policy"]
    event = browser().get("/attend/beijing/")
    nonce = re.search('nonce="(.+?)"', event.content.decode())[1]

    directives = set(event["Content-Security-Policy"].split("; "))
    assert {part.replace(f" 'nonce-{nonce}'", "") for part in directives} == set(plain.split("; "))
    assert f"script-src 'self' 'nonce-{nonce}'" in directives and "script-src 'self'" in plain.split("; ")


def test_what_is_one_persons_decides_nothing_on_a_page_for_all():
    with pytest.raises(RuntimeError):
        bool(printing.Blank("name"))
    with pytest.raises(RuntimeError):
        f"{printing.Blank('number'):04d}"


@pytest.mark.parametrize(
    "words",
    [
        "{% if place %}x{% endif %}",
        "{% if not place %}x{% endif %}",
        "{% if place > 0 %}x{% endif %}",
        "{% if place == '1' %}x{% endif %}",
        "{{ place|upper }}",
        "{{ place|slice:':20' }}",
        "{{ place|add:1 }}",
        "{{ place|default:'-' }}",
    ],
)
def test_a_template_that_asks_what_is_one_persons_is_no_page_for_all(soon, rf, settings, tmp_path, words):
    """Django takes an `if` that fails for false: the crowd would get another page than whoever gets theirs alone."""
    (tmp_path / "words.html").write_text(words + "{{ place }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    request = rf.get("/")
    request.event, request.attendee = soon, None

    with pytest.raises(RuntimeError):
        printing.page(request, "words.html", shared={}, personal={"place": 3})

    (tmp_path / "words.html").write_text("{{ place }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert printing.page(request, "words.html", shared={}, personal={"place": 3}).content == b"3"


def test_a_site_below_a_path_has_its_own_links(soon):
    plain = browser().get(FORM)
    set_script_prefix("/below/")
    try:
        below = browser().get(FORM)
    finally:
        set_script_prefix("/")

    assert b'"/below/attend/beijing/' in below.content
    assert b"/below/" not in plain.content and b"/below/" not in browser().get(FORM).content
