"""The door: one admission a ticket, a clear answer each time, and offline scans that arrive later, once."""

import io
import json
import re
from datetime import timedelta

import pytest
import segno
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from events import door, qr, tickets
from events.models import Attendee, CheckIn, Event, LiveEvent, Scan, ScanPoint, Stage, Visit
from tests.conftest import NOW, seat
from tests.events.test_last_seat import at_once


def scan(client, code, nonce="n1", **more):
    return client.post(
        "/organise/beijing/door/scan/",
        json.dumps([{"code": code, "nonce": nonce, **more}]),
        content_type="application/json",
    ).json()["answers"][0]


def test_a_ticket_lets_its_holder_in_and_lights_a_window(client_of, dana, bo, as_attendee):
    answer = scan(client_of(dana), tickets.payload(bo))

    assert (answer["answer"], answer["name"], answer["carriage"], answer["seat"]) == ("ok", "林小满", 6, 11)
    assert as_attendee(bo).get("/attend/beijing/ticket/")["Location"] == "/attend/beijing/aboard/"


def test_the_second_scan_says_when_and_where(client_of, dana, bo):
    scan(client_of(dana), tickets.payload(bo), "n1", door="2")

    answer = scan(client_of(dana), bo.code.lower(), "n2", door="1")

    assert answer["answer"] == "already"
    assert answer["detail"].endswith("gate 2, by Dana")
    assert CheckIn.objects.count() == 1


def test_the_same_scan_uploaded_twice_is_one_row_and_one_answer(client_of, dana, bo):
    first = scan(client_of(dana), tickets.payload(bo), "n1", at="2024-01-06T13:42:00+08:00", offline=True)
    again = scan(client_of(dana), tickets.payload(bo), "n1", at="2024-01-06T13:42:00+08:00", offline=True)

    assert (first["answer"], again["answer"]) == ("ok", "ok")
    assert Scan.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("cancelled", "cancelled"),
        ("declined", "cancelled"),
        ("expired", "cancelled"),
        ("waitlisted", "waiting"),
        ("offered", "waiting"),
    ],
)
def test_who_holds_no_seat_is_not_let_in(beijing, client_of, dana, status, said):
    person = seat(beijing, "白望", "w@nextstop.example", status=status)

    assert scan(client_of(dana), person.code)["answer"] == said
    assert CheckIn.objects.count() == 0


@pytest.mark.parametrize("code", ["", "hello", "NS:HIAI:AAAAAAAA", "'; DROP TABLE", "NS:OTHR:23456789", "9" * 300])
def test_what_is_no_ticket_of_ours_is_said_so(client_of, dana, beijing, code):
    assert scan(client_of(dana), code)["answer"] in {"unknown", "other"}


def test_garbage_is_a_clear_answer(client_of, dana, beijing):
    answer = client_of(dana).post("/organise/beijing/door/scan/", b"[1, null]", content_type="application/json")

    assert answer.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_sixteen_scans_at_once_are_one_admission(bo, dana, beijing):
    results = at_once(16, lambda n: door.scan(beijing, bo.code, at=timezone.now(), door="1", nonce=f"n{n}", by=dana))

    assert sorted(result.answer for result in results) == ["already"] * 15 + ["ok"]
    assert (CheckIn.objects.count(), Scan.objects.count()) == (1, 16)


@pytest.mark.django_db(transaction=True)
def test_one_scan_sent_eight_times_at_once_is_one_row_and_one_answer(bo, dana, beijing):
    results = at_once(8, lambda n: door.scan(beijing, bo.code, at=timezone.now(), door="1", nonce="same", by=dana))

    assert [result.answer for result in results] == ["ok"] * 8
    assert (CheckIn.objects.count(), Scan.objects.count()) == (1, 1)


def test_an_undone_admission_can_be_repeated(bo, dana, beijing):
    first = door.scan(beijing, bo.code, at=NOW, door="1", nonce="a", by=dana)
    door.undo(first.check_in, at=NOW, by=dana)

    assert door.scan(beijing, bo.code, at=NOW, door="1", nonce="b", by=dana).answer == "ok"
    assert CheckIn.objects.count() == 2


def test_a_walk_in_takes_a_seat_only_while_there_is_one(beijing, dana):
    Event.objects.filter(pk=beijing.pk).update(capacity=1)
    beijing.refresh_from_db()

    assert door.walk_in(beijing, "来人", at=NOW, door="1", by=dana, nonce="a").answer == "ok"
    assert door.walk_in(beijing, "又来一个", at=NOW, door="1", by=dana, nonce="b").answer == "waiting"
    assert Attendee.objects.count() == 1


def test_people_are_found_by_name_number_and_last_digits(beijing, bo):
    phone = seat(beijing, "陈望", "+8613800138000", contact_kind="phone")

    for query, found in (("小满", bo), (str(bo.number), bo), ("8000", phone)):
        assert door.search(beijing, query) == ([found], False)


def test_a_photo_of_the_ticket_is_read(client_of, dana, bo):
    picture = io.BytesIO()
    segno.make(tickets.payload(bo)).save(picture, kind="png", scale=6, border=4)
    picture.seek(0)
    picture.name = "frame.png"

    answer = client_of(dana).post("/organise/beijing/door/photo/", {"photo": picture})

    assert answer.json() == {"code": tickets.payload(bo)}


def test_a_walk_in_overtakes_nobody_who_waits(beijing, dana, client_of):
    """A seat can be free for a moment while people are in line: it is theirs."""
    seat(beijing, "先来", "first@nextstop.example", status="waitlisted", queued_at=NOW)

    body = client_of(dana, **{"accept": "application/json", "accept-language": "en"}).post(
        "/organise/beijing/door/walk-in/", {"name": "后到", "nonce": "a"}
    )

    assert (body.json()["answer"], body.json()["detail"]) == ("waiting", "1 person waits for a seat")
    assert Attendee.objects.count() == 1


def test_a_walk_in_takes_the_ticket_along_on_their_own_phone(beijing, dana, client_of):
    """Nobody knows how to reach them: the door shows the QR of their ticket's link."""
    answer = client_of(dana, accept="application/json").post(
        "/organise/beijing/door/walk-in/", {"name": "来人", "nonce": "a"}
    )
    drawn = re.sub(r"<title>.*?</title>", "", answer.json()["ticket"])
    link = tickets.link(Attendee.objects.get())
    assert drawn == re.sub(r"<title>.*?</title>", "", qr.svg(link))

    scanned = scan(client_of(dana), Attendee.objects.get().code, "n9")
    assert "ticket" not in scanned  # a ticket that was scanned shows nobody its link


@pytest.mark.django_db(transaction=True)
def test_a_walk_in_pressed_twice_is_one_person(beijing, dana):
    results = at_once(2, lambda n: door.walk_in(beijing, "来人", at=NOW, door="1", by=dana, nonce="press"))

    assert [result.answer for result in results] == ["ok", "ok"]
    assert (Attendee.objects.count(), CheckIn.objects.count()) == (1, 1)
    beijing.refresh_from_db()
    assert beijing.taken == 1


def test_the_form_of_the_walk_in_carries_what_makes_it_one(client_of, dana, beijing):
    page = client_of(dana).get("/organise/beijing/door/").content.decode()
    nonce = page.partition("/door/walk-in/")[2].partition('name="nonce" value="')[2].partition('"')[0]
    assert len(nonce) > 20

    for _ in range(2):
        client_of(dana).post("/organise/beijing/door/walk-in/?door=2", {"name": "来人", "nonce": nonce})

    assert Attendee.objects.count() == 1


@pytest.mark.parametrize("query", ["²", "٣", "¼", "%", "'", "a" * 500, "‮x", "9" * 40])
def test_whatever_is_typed_into_the_search_has_an_answer(client_of, dana, mei, bo, query):
    assert client_of(dana).get("/organise/beijing/door/", {"q": query}).status_code == 200
    assert client_of(dana).get("/organise/beijing/door/found/", {"q": query}).status_code == 200
    assert client_of(mei).get("/organise/beijing/attendees/", {"q": query}).status_code == 200


def test_every_door_hears_of_an_admission_and_of_its_end(bo, dana, beijing):
    result = door.scan(beijing, bo.code, at=NOW, door="1", nonce="a", by=dana)
    door.undo(result.check_in, at=NOW, by=dana)

    told = list(LiveEvent.objects.filter(audience="crew").values_list("topic", flat=True))
    mine = list(LiveEvent.objects.filter(audience=f"attendee:{bo.pk}", topic="you").values_list("payload", flat=True))
    assert (told, mine) == (["door", "door"], [{"aboard": True}, {"aboard": False}])


def test_the_stage_is_covered_from_the_first_moment(client_of, leo, beijing):
    Stage.objects.create(event=beijing, cover="safe")

    assert 'data-cover="safe"' in client_of(leo).get("/stage/beijing/").content.decode().partition("<head>")[0]


def test_the_log_says_who_undid_what_and_never_loses_a_row(bo, dana, beijing):
    first = door.scan(beijing, bo.code, at=NOW, door="2", nonce="a", by=dana)

    assert door.undo(first.check_in, at=NOW, by=dana, door="3") is True
    assert door.undo(first.check_in, at=NOW, by=dana) is False

    rows = list(Scan.objects.order_by("pk").values_list("answer", "door", "by__name"))
    assert rows == [("ok", "2", "Dana"), ("undone", "3", "Dana")]
    for change in (
        lambda: Scan.objects.update(answer="ok"),
        lambda: Scan.objects.all().delete(),
        lambda: Scan.objects.first().save(),
        lambda: Scan.objects.first().delete(),
    ):
        with pytest.raises(TypeError):
            change()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events_scan SET answer = 'unknown'",
        "UPDATE events_scan SET at = heard_at, phone_at = heard_at, said = 'ok'",
        "UPDATE events_scan SET attendee_id = (SELECT id FROM events_attendee WHERE name = 'Kevin周')",
        "DELETE FROM events_scan",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(bo, chen, dana, beijing, statement):
    door.scan(beijing, bo.code, at=NOW, door="2", nonce="a", by=dana)
    before = Scan.objects.values().get()

    with pytest.raises(DatabaseError, match="a log only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Scan.objects.values().get() == before


def test_the_log_stays_when_its_event_a_person_or_a_crew_member_goes(bo, dana, beijing):
    door.scan(beijing, bo.code, at=NOW, door="2", nonce="a", by=dana)

    with pytest.raises(ProtectedError):
        beijing.delete()
    bo.delete()
    dana.delete()

    assert list(Scan.objects.values_list("code", "answer", "attendee", "by")) == [(bo.code, "ok", None, None)]


def test_a_scan_point_that_has_served_somebody_cannot_be_removed(bo, dana, beijing):
    dinner = ScanPoint.objects.create(event=beijing, name="晚餐")
    door.scan(beijing, bo.code, at=NOW, door="1", nonce="a", by=dana, point=dinner)

    with pytest.raises(ProtectedError):
        dinner.delete()


def test_a_scan_point_serves_everybody_once_and_lets_nobody_in(client_of, dana, bo, beijing):
    dinner = ScanPoint.objects.create(event=beijing, name="晚餐", name_en="Dinner")

    first = scan(client_of(dana), bo.code, "n1", point=dinner.pk)
    second = scan(client_of(dana), bo.code, "n2", point=dinner.pk)

    assert (first["answer"], second["answer"], CheckIn.objects.count()) == ("ok", "already", 0)
    assert second["word"] == "Already served"
    assert second["detail"].startswith("Served at ") and second["detail"].endswith("gate 1, by Dana")
    assert client_of(dana).get(f"/organise/beijing/door/counts/?point={dinner.pk}").json()["present"] == 1


def test_who_is_found_by_name_is_let_in_and_the_log_says_so(client_of, dana, bo):
    found = client_of(dana).get("/organise/beijing/door/found/", {"q": "小满"}).content.decode()
    assert f"/organise/beijing/door/{bo.pk}/" in found

    client_of(dana).post(f"/organise/beijing/door/{bo.pk}/?door=2")

    assert list(Scan.objects.values_list("how", "answer", "door")) == [("name", "ok", "2")]
    found = client_of(dana).get("/organise/beijing/door/found/", {"q": "小满"}).content.decode()
    assert f'name="check_in" value="{CheckIn.objects.get().pk}"' in found  # a mistake of an hour ago is undone here


def test_each_answer_says_what_to_do(client_of, dana, beijing):
    first = seat(beijing, "先", "a@nextstop.example", status="waitlisted", queued_at=NOW)
    second = seat(beijing, "后", "b@nextstop.example", status="waitlisted", queued_at=NOW)

    assert scan(client_of(dana), first.code, "1")["detail"] == "Place 1 in line"
    assert scan(client_of(dana), second.code, "2")["detail"] == "Place 2 in line"


@pytest.fixture
def cid(beijing):
    """Somebody to whom a seat is offered, for ten more minutes."""
    ends = timezone.now() + timedelta(minutes=10)
    return seat(beijing, "岑西", "cid@nextstop.example", status="offered", offer_ends_at=ends)


def test_who_is_offered_a_seat_hears_at_the_door_that_it_is_held(client_of, dana, beijing, cid):
    answer = scan(client_of(dana), cid.code)

    until = beijing.local(cid.offer_ends_at).strftime("%H:%M")
    assert (answer["answer"], answer["word"], answer["detail"]) == (
        "waiting",
        "A seat is held for them",
        f"until {until}",
    )


def test_the_door_takes_the_offered_seat_for_somebody_and_the_log_says_who(client_of, dana, beijing, cid):
    found = client_of(dana).get("/organise/beijing/door/found/", {"q": "岑西"}).content.decode()
    assert "Take the seat, let in" in found and f"/door/{cid.pk}/" in found

    answer = client_of(dana).post(
        f"/organise/beijing/door/{cid.pk}/?door=2", {"accept": "1"}, headers={"accept": "application/json"}
    )

    assert (answer.json()["answer"], answer.json()["name"]) == ("ok", "岑西")
    assert CheckIn.objects.get().attendee_id == cid.pk
    step = cid.transitions.get(became="confirmed")
    assert (step.was, step.by, step.note) == ("offered", dana, "at the door")


@pytest.mark.parametrize("status", ["applied", "waitlisted", "cancelled", "declined", "expired"])
def test_the_door_gives_no_seat_to_anybody_to_whom_none_is_offered(client_of, dana, beijing, status):
    person = seat(beijing, "白望", "w@nextstop.example", status=status)

    client_of(dana).post(f"/organise/beijing/door/{person.pk}/", {"accept": "1"})

    person.refresh_from_db()
    assert (person.status, CheckIn.objects.count(), person.transitions.count()) == (status, 0, 0)


def test_an_offer_that_ran_out_is_taken_at_no_door(client_of, dana, beijing, cid):
    Attendee.objects.update(offer_ends_at=timezone.now() - timedelta(seconds=1))

    answer = client_of(dana).post(
        f"/organise/beijing/door/{cid.pk}/", {"accept": "1"}, headers={"accept": "application/json"}
    )

    cid.refresh_from_db()
    assert (answer.json()["answer"], cid.status, CheckIn.objects.count()) == ("cancelled", "expired", 0)


def test_the_organiser_takes_it_for_them_in_the_list(client_of, mei, cid):
    assert "Take the seat" in client_of(mei).get("/organise/beijing/attendees/").content.decode()

    client_of(mei).post(f"/organise/beijing/attendees/{cid.pk}/", {"what": "accept"})

    cid.refresh_from_db()
    assert (cid.status, cid.transitions.get().by) == ("confirmed", mei)


@pytest.mark.parametrize(
    "body",
    [
        '{"scans": 5}',
        '{"scans": {}}',
        '{"scans": [[]]}',
        '[{"code": "x", "nonce": ""}]',
        '[{"code": "a\\u0000b", "nonce": "n\\u0000"}]',
        '[{"code": "\\ud800", "nonce": "\\udfff1", "door": "\\u0000", "how": {}, "said": []}]',
        '[{"code": {"a": 1}, "nonce": [1], "point": "²", "at": "2024-13-45", "offline": "yes"}]',
        '{"sent": "never", "scans": [{"code": "²²²²²²²²", "nonce": "1", "point": 99999999999999999999}]}',
        "nonsense",
        "[" * 2000,
    ],
)
def test_whatever_is_uploaded_has_a_clear_answer(client_of, dana, beijing, body):
    client = client_of(dana)
    client.raise_request_exception = False

    answer = client.post("/organise/beijing/door/scan/", body, content_type="application/json")

    assert answer.status_code in (200, 422), body
    assert CheckIn.objects.count() == 0


def test_what_was_served_by_mistake_is_undone(client_of, dana, bo, beijing):
    dinner = ScanPoint.objects.create(event=beijing, name="晚餐")
    scan(client_of(dana), bo.code, "n0")
    first = scan(client_of(dana), bo.code, "n1", point=dinner.pk)
    page = client_of(dana).get(f"/organise/beijing/door/?point={dinner.pk}").content.decode()
    assert f'name="visit" value="{first["visit"]}"' in page
    assert 'name="check_in"' not in page  # nobody is sent out of the house from the dinner table

    client_of(dana).post(f"/organise/beijing/door/undo/?point={dinner.pk}", {"visit": first["visit"]})

    assert scan(client_of(dana), bo.code, "n2", point=dinner.pk)["answer"] == "ok"
    assert [row.answer for row in Scan.objects.order_by("pk")] == ["ok", "ok", "undone", "ok"]


def test_the_kept_page_carries_no_walk_ins_sign_and_without_one_each_is_their_own_person(client_of, dana, beijing):
    phone = client_of(dana)
    kept = phone.get("/organise/beijing/door/shell/").content.decode()
    sign = kept.partition("/door/walk-in/")[2].partition('name="nonce" value="')[2].partition('"')[0]

    for name in ("来人", "又来一个"):
        answer = phone.post(
            "/organise/beijing/door/walk-in/", {"name": name, "nonce": sign}, headers={"accept": "application/json"}
        )
        assert answer.json()["name"] == name

    assert sorted(Attendee.objects.values_list("name", flat=True)) == ["又来一个", "来人"]


def test_who_came_in_has_their_badge_in_the_row_at_once_as_after_a_reload(client_of, dana, bo, beijing):
    badge, phone = f"/organise/beijing/door/badge/{bo.pk}/", client_of(dana)

    assert scan(phone, bo.code)["badge"] == badge
    assert f'href="{badge}"' in phone.get("/organise/beijing/door/").content.decode()
    assert "badge" not in scan(phone, bo.code, "n2")  # already inside: no row is added
    assert phone.get(badge)["Content-Type"] == "application/pdf"
    desk = client_of(dana, accept="application/json")
    walked = desk.post("/organise/beijing/door/walk-in/", {"name": "来人", "nonce": "a"}).json()
    assert walked["badge"] == f"/organise/beijing/door/badge/{Attendee.objects.get(name='来人').pk}/"


@pytest.mark.parametrize("status", ["cancelled", "waitlisted"])
def test_who_did_not_come_in_has_no_badge_to_print(client_of, dana, beijing, status):
    person = seat(beijing, "白望", "w@nextstop.example", status=status)

    assert "badge" not in scan(client_of(dana), person.code)


def test_a_scan_whose_person_was_removed_since_is_answered_as_before_without_a_badge(client_of, dana, bo):
    scan(client_of(dana), bo.code)
    bo.delete()

    again = scan(client_of(dana), bo.code)

    assert again["answer"] == "ok" and "badge" not in again


@pytest.mark.parametrize("point", ["987654", "nonsense"])
def test_a_page_of_a_removed_desk_lets_nobody_into_the_house(client_of, dana, bo, beijing, point):
    """Without JavaScript: the page stood at a desk that the organiser has taken away since."""
    phone, query = client_of(dana), f"?door=1&point={point}"

    typed = phone.post(f"/organise/beijing/door/{query}", {"code": bo.code, "nonce": "n1"}).content.decode()
    named = phone.post(f"/organise/beijing/door/{bo.pk}/{query}", {"nonce": "n2"}).content.decode()

    assert all('class="pass unknown"' in page for page in (typed, named))
    assert "This scan point was removed" in typed
    assert (CheckIn.objects.count(), Visit.objects.count()) == (0, 0)


def test_what_was_served_an_hour_ago_is_undone_from_the_search(client_of, dana, bo, chen, beijing):
    """Long after five others have pushed it out of the rows below."""
    dinner = ScanPoint.objects.create(event=beijing, name="晚餐", name_en="Dinner")
    prizes = ScanPoint.objects.create(event=beijing, name="奖品台", name_en="Prize desk")
    scan(client_of(dana), bo.code, point=dinner.pk)
    visit = Visit.objects.get()

    def found(point, name="小满"):
        path = "/organise/beijing/door/found/"
        return client_of(dana).get(path, {"q": name, "door": "1", "point": point.pk}).content.decode()

    undo = f'name="visit" value="{visit.pk}"'
    assert undo in found(dinner) and "Let in" not in found(dinner)
    assert undo not in found(prizes) and "Let in" in found(prizes)
    assert "Undo" not in found(dinner, "Kevin")

    client_of(dana).post(f"/organise/beijing/door/undo/?door=1&point={dinner.pk}", {"visit": visit.pk})

    assert undo not in found(dinner) and "Let in" in found(dinner)


@pytest.mark.parametrize(("people", "more"), [(8, False), (9, True)])
def test_a_search_that_finds_more_than_it_shows_says_so(client_of, dana, beijing, people, more):
    for n in range(people):
        seat(beijing, f"王{n}", f"w{n}@nextstop.example")

    for path in ("door/found/?q=王", "door/?q=王"):
        page = client_of(dana).get(f"/organise/beijing/{path}").content.decode()
        assert (page.count("av s c5"), "There are more: type on" in page) == (8, more)
