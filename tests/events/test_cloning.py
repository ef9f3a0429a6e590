"""The next stop in another city takes along what the last one taught, and nobody's data."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cocreation.models import Challenge
from config import demo
from events import questions
from events.models import Attendee, CrewMember, Event, Sponsor
from raffle.models import Prize
from sessions.models import Appearance, Talk

URL = "/organise/beijing/clone/"


def fields(**changed):
    day = (timezone.now() + timedelta(days=40)).date().isoformat()
    return {"city": "上海", "city_en": "Shanghai", "date": day, "slug": "shanghai", "code": "HISH"} | changed


@pytest.fixture
def cloned(beijing, mei, leo, dana, client_of):
    Event.objects.update(capacity=90, plus_ones=1, admission="approval", carriages=9)
    questions.save(Event.objects.get(), questions.Question(id="aa", kind="text", label="带什么来？"))
    answer = client_of(mei).post(URL, fields())
    assert answer["Location"] == "/organise/shanghai/"
    return Event.objects.get(slug="shanghai")


def test_form_seats_and_crew_come_along(cloned, beijing, mei, leo, dana):
    assert (cloned.city, cloned.number, cloned.series) == ("上海", 2, beijing.series)
    assert (cloned.capacity, cloned.plus_ones, cloned.admission, cloned.carriages) == (90, 1, "approval", 9)
    assert [row.label for row in questions.asked(cloned)] == ["带什么来？"]
    roles = set(CrewMember.objects.filter(event=cloned).values_list("user", "role"))
    assert roles == {(mei.pk, "organiser"), (leo.pk, "host"), (dana.pk, "door")}


def test_it_is_a_draft_of_the_same_hours(cloned, beijing, visitor):
    assert cloned.published_at is None and visitor.get("/attend/shanghai/").status_code == 404
    assert cloned.local(cloned.starts_at).time() == beijing.local(beijing.starts_at).time()
    assert cloned.ends_at - cloned.doors_at == beijing.ends_at - beijing.doors_at
    assert (cloned.taken, cloned.tickets_issued, cloned.venue) == (0, 0, "")


def test_programme_prizes_and_co_creation_come_along_as_shapes(db, client_of):
    old = demo.seed()
    client_of(old.crew.get(role="organiser").user).post(URL, fields())
    new = Event.objects.get(slug="shanghai")
    shift = new.starts_at - old.starts_at

    assert list(new.prizes.values_list("name", "kind", "quantity")) == list(
        old.prizes.values_list("name", "kind", "quantity")
    )
    assert (
        not new.prizes.exclude(sponsor=None).exists()
        and not Prize.objects.filter(event=new, codes__isnull=False).exists()
    )
    assert [(t.kind, t.minutes, t.starts_at) for t in new.talks.in_order()] == [
        (t.kind, t.minutes, t.starts_at + shift) for t in old.talks.in_order()
    ]
    titles = set(old.talks.filter(kind=Talk.Kind.TALK).values_list("title", flat=True))
    assert not titles & set(new.talks.values_list("title", flat=True))
    assert not Appearance.objects.filter(talk__event=new).exists()
    assert [c.title for c in Challenge.objects.filter(event=new)] == ["地球Online 2024"]
    assert not Attendee.objects.filter(event=new).exists() and not Sponsor.objects.filter(event=new).exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"slug": "beijing"}, "Another event has this address."),
        ({"code": "HIAI"}, "Another event has this code."),
        ({"code": "hi"}, "four to eight"),
        ({"date": date(2020, 1, 1).isoformat()}, "That day is past."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(beijing, mei, client_of, changed, words):
    answer = client_of(mei).post(URL, fields(**changed))

    assert answer.status_code == 422 and words in answer.content.decode()
    assert Event.objects.count() == 1


def test_the_page_says_what_comes_along(beijing, mei, client_of):
    assert "1 person in the crew" in client_of(mei).get(URL).content.decode()
