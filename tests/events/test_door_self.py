"""People who let themselves in, badges, and the ticket that stays on the phone."""

import io
import json
import re
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from django.utils import timezone

from events import badges, boarding, boarding_code, door, door_pass, fonts, qr, tickets
from events.models import CheckIn, Event, Scan, Stage
from events.templatetags import house
from tests.conftest import seat


def test_the_code_of_the_stage_is_another_one_each_minute(beijing, now):
    codes = [boarding_code.now(beijing, now + timedelta(minutes=minute)) for minute in range(50)]

    assert len(set(codes)) == 50
    assert boarding_code.is_valid(beijing, codes[0].lower(), now + timedelta(seconds=59))
    assert boarding_code.is_valid(beijing, codes[0], now + timedelta(seconds=80))
    assert not boarding_code.is_valid(beijing, codes[0], now + timedelta(seconds=140))
    assert not boarding_code.is_valid(beijing, codes[2], now)
    assert not boarding_code.is_valid(beijing, "", now)


def test_somebody_checks_in_with_the_code_of_the_stage(beijing, bo, as_attendee):
    code = boarding_code.now(beijing, timezone.now())
    client = as_attendee(bo)
    assert code in client.get("/attend/beijing/board/", {"c": code}).content.decode()
    assert CheckIn.objects.count() == 0  # opening a link lets nobody in

    assert client.post("/attend/beijing/board/", {"c": code})["Location"] == "/attend/beijing/aboard/"
    client.post("/attend/beijing/board/", {"c": code})

    assert list(Scan.objects.values_list("how", "answer", "by")) == [("self", "ok", None)]
    assert CheckIn.objects.count() == 1


def test_who_tapped_twice_and_was_sent_back_out_lets_themselves_in_again(beijing, bo, dana):
    at = timezone.now()
    assert boarding.come_in(bo, at=at) and boarding.come_in(bo, at=at)
    assert list(Scan.objects.values_list("answer", flat=True)) == ["ok"]
    door.undo(bo.check_in, at=at, by=dana)

    assert boarding.come_in(bo, at=at)

    assert bo.check_in is not None


def test_who_was_let_in_by_the_door_and_sent_out_lets_themselves_in_however_often(beijing, bo, dana):
    at = timezone.now()
    for number in range(3):
        assert boarding.come_in(bo, at=at) and bo.check_in
        door.undo(bo.check_in, at=at, by=dana)
        door.scan(beijing, bo.code, at=at, door="1", nonce=f"n{number}", by=dana)
        door.undo(bo.check_in, at=at, by=dana)

    assert CheckIn.objects.count() == 6


@pytest.mark.parametrize("code", ["", "AAAAAA", "é" * 6, "²" * 6])
def test_without_the_code_of_this_minute_nobody_comes_in(bo, as_attendee, code):
    answer = as_attendee(bo).post("/attend/beijing/board/", {"c": code})

    assert answer.status_code == 422
    assert CheckIn.objects.count() == 0


def test_guessing_the_code_ends_soon(beijing, bo, as_attendee):
    client = as_attendee(bo)
    for _ in range(8):
        client.post("/attend/beijing/board/", {"c": "AAAAAA"})

    code = boarding_code.now(beijing, timezone.now())
    assert client.post("/attend/beijing/board/", {"c": code}).status_code == 422


def test_nobody_lets_themselves_in_before_the_doors_open_or_from_the_waiting_list(beijing, bo, as_attendee):
    waiting = seat(beijing, "候补", "w@nextstop.example", status="waitlisted", queued_at=timezone.now())
    code = boarding_code.now(beijing, timezone.now())
    assert as_attendee(waiting).post("/attend/beijing/board/", {"c": code})["Location"] == "/attend/beijing/ticket/"
    beijing.doors_at = timezone.now() + timedelta(minutes=5)
    beijing.starts_at = timezone.now() + timedelta(minutes=35)
    beijing.save()

    page = as_attendee(bo).get(f"/attend/beijing/board/?c={code}", follow=True)
    assert page.redirect_chain == [("/attend/beijing/ticket/", 302)]
    assert f"Doors open at {house.clock(beijing.doors_at, beijing)}." in page.content.decode()
    assert as_attendee(bo).post("/attend/beijing/board/", {"c": code})["Location"] == "/attend/beijing/ticket/"
    Event.objects.update(cancelled_at=timezone.now())
    assert as_attendee(bo).post("/attend/beijing/board/", {"c": code}).status_code == 404
    assert CheckIn.objects.count() == 0


def test_the_stage_shows_the_code_of_this_minute(beijing, leo, client_of):
    Stage.objects.create(event=beijing, scene="board")

    page = client_of(leo).get("/stage/beijing/scene/").content.decode()

    assert boarding_code.now(beijing, timezone.now()) in page


@pytest.mark.parametrize("scene", ["welcome", "board"])
def test_the_codes_on_the_stage_lead_to_the_sites_own_address_whatever_the_request_says(
    beijing, leo, client_of, settings, scene
):
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://meet.example.org"
    Stage.objects.create(event=beijing, scene=scene)

    answer = client_of(leo).get("/stage/beijing/scene/", headers={"host": "evil.example"})

    assert answer.status_code == 200
    page = answer.content.decode()
    assert "evil.example" not in page and "meet.example.org/HIAI" in page
    path = {"welcome": "/HIAI", "board": "/attend/beijing/board/"}[scene]
    codes = [boarding_code.now(beijing, timezone.now() - timedelta(seconds=ago)) for ago in (0, 5)]
    assert any(qr.svg(f"https://meet.example.org{path}?c={code}") in page for code in codes)


def test_where_no_address_is_configured_phones_come_by_the_one_that_the_stage_is_open_at(
    beijing, leo, client_of, settings
):
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "http://127.0.0.1:8000"
    Stage.objects.create(event=beijing, scene="welcome")

    page = client_of(leo).get("/stage/beijing/scene/", headers={"host": "192.168.1.5:8000"}).content.decode()

    assert "192.168.1.5:8000/HIAI" in page


KIOSK = "/organise/beijing/door/kiosk/"


@pytest.fixture
def tablet(dana, client_of):
    """A device on which Dana put the tablet up."""
    client = client_of(dana)
    assert "Put the tablet up" in client.get(KIOSK).content.decode()
    assert client.post(KIOSK)["Location"] == KIOSK
    return client


def pass_of(client):
    return re.search('data-pass="([^"]+)"', client.get(KIOSK).content.decode())[1]


def held_up(code, tablet, nonce="n1", **more):
    return tablet.post(
        "/organise/beijing/door/scan/",
        json.dumps([{"code": code, "nonce": nonce, **more}]),
        content_type="application/json",
        headers={"x-door-pass": pass_of(tablet)},
    )


def test_the_tablet_by_the_door_shows_nobody(bo, beijing, tablet):
    CheckIn.objects.create(attendee=bo, at=timezone.now())

    page = tablet.get(KIOSK).content.decode()

    assert "Hold up your ticket" in page
    assert bo.name not in page
    assert "/door/undo/" not in page


def test_whoever_touches_the_tablet_is_nobody_of_the_crew(bo, beijing, tablet):
    """Back, another address, the pass itself: none of it opens a page with names."""
    for path in ("", "found/?q=小", "log/", f"badge/{bo.pk}/", "shell/"):
        answer = tablet.get(f"/organise/beijing/door/{path}", headers={"x-door-pass": pass_of(tablet)})
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), path
    for path in ("walk-in/", f"{bo.pk}/", "undo/"):
        answer = tablet.post(
            f"/organise/beijing/door/{path}", {"name": "来人"}, headers={"x-door-pass": pass_of(tablet)}
        )
        assert answer.status_code == 404, path
    assert CheckIn.objects.count() == 0


def test_the_tablet_checks_in_and_the_log_says_that_people_did_it_themselves(bo, dana, tablet, client_of, mei):
    answer = held_up(tickets.payload(bo), tablet, how="name", door="3", point="1").json()["answers"][0]

    assert (answer["answer"], answer["name"]) == ("ok", "林小满")
    assert list(Scan.objects.values_list("how", "door", "point", "by__name")) == [("self", "tablet", None, "Dana")]
    assert "self check-in tablet" in client_of(mei).get("/organise/beijing/door/log/").content.decode()


def test_nobody_prints_badges_at_the_tablet(bo, tablet):
    assert "badge" not in held_up(bo.code, tablet).json()["answers"][0]


@pytest.mark.parametrize(
    ("language", "stage", "itself"),
    [("en", "code on the big screen", "self check-in tablet"), ("zh-hans", "大屏自助检票", "自助平板")],
)
def test_without_a_network_the_tablet_has_words_for_doors_without_a_number(tablet, language, stage, itself):
    page = tablet.get(KIOSK, headers={"accept-language": language}).content.decode()

    assert f'data-words-stage="{stage}" data-words-tablet="{itself}"' in page


def test_the_tablet_ends_with_the_rights_of_whoever_put_it_up(bo, dana, tablet):
    value = pass_of(tablet)
    dana.crew.all().delete()

    assert tablet.get(KIOSK).status_code == 302
    answer = tablet.post(
        "/organise/beijing/door/scan/",
        json.dumps([{"code": bo.code, "nonce": "1"}]),
        content_type="application/json",
        headers={"x-door-pass": value},
    )
    assert answer.status_code == 404


def test_a_door_phones_pass_puts_up_no_tablet(dana, beijing, client_of):
    client = client_of(dana)
    client.logout()
    client.cookies[door_pass.COOKIE] = door_pass.issue(dana, beijing)

    assert client.get(KIOSK).status_code == 302


def test_the_welcome_scene_checks_in_whoever_has_a_ticket(beijing, leo, bo, client_of, as_attendee, visitor):
    """ "Scan to check in", it says: the QR carries the code of this minute, and a phone without a ticket sees the event."""
    Stage.objects.create(event=beijing, scene="welcome")
    page = client_of(leo).get("/stage/beijing/scene/").content.decode()
    drawn = page.partition('data-part="code"')[2].partition("</svg>")[0]
    code = boarding_code.now(beijing, timezone.now())
    assert (
        drawn.partition("<path")[2]
        == str(qr.svg(f"http://testserver/HIAI?c={code}")).partition("<path")[2].partition("</svg>")[0]
    )

    assert as_attendee(bo).get(f"/HIAI?c={code}")["Location"] == f"/attend/beijing/board/?c={code}"
    assert visitor.get(f"/HIAI?c={code}")["Location"] == "/attend/beijing/"
    assert as_attendee(bo).get("/HIAI?c=%26x%3D1%0A")["Location"] == "/attend/beijing/board/?c=%26x%3D1%0A"


def pages_of(pdf):
    return [page.render(scale=200 / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]


def test_a_badge_has_the_name_and_a_code_that_scans(bo):
    (page,) = pages_of(badges.label(bo))

    assert [found.text for found in zxingcpp.read_barcodes(page)] == [tickets.payload(bo)]
    left, top, right, bottom = page.crop((30, 100, 660, 240)).point(lambda light: 255 * (light < 128)).getbbox()
    assert right - left > 200 and bottom - top > 60  # the Chinese name stands there, large


def test_ten_badges_stand_on_a_page_and_each_code_scans(beijing, client_of, mei):
    people = [
        seat(beijing, f"乘客{n}", f"p{n}@nextstop.example", carriage=1 + n % 10, seat=1 + n // 10) for n in range(13)
    ]

    answer = client_of(mei).get("/organise/beijing/badges/sheets.pdf")

    assert len(answer.content) < 2_000_000
    pages = pages_of(io.BytesIO(answer.content))
    codes = [{found.text for found in zxingcpp.read_barcodes(page)} for page in pages]
    assert [len(found) for found in codes] == [10, 3]
    assert set.union(*codes) == {tickets.payload(person) for person in people}


@pytest.mark.parametrize("name", ["<b>🎉</b>", "‮محمد", "王" * 12, "👨‍👩‍👧‍👦", "="])
def test_any_name_makes_a_badge(beijing, name):
    person = seat(beijing, name, "p@nextstop.example")

    assert badges.label(person).startswith(b"%PDF")


def test_a_name_that_no_font_can_draw_is_a_number_on_the_badge_and_a_line_on_the_page(beijing, client_of, mei):
    """U+30000 is in no font of this house. Nobody hangs an empty badge around their neck."""
    nobody = seat(beijing, "\U00030000", "p@nextstop.example")
    half = seat(beijing, "王\U00030000", "q@nextstop.example")

    assert (badges.name_on(nobody), badges.name_on(half)) == ("No.0001", "王")
    page = client_of(mei).get("/organise/beijing/badges/").content.decode()
    assert "To be finished by hand" in page
    assert page.count("\U00030000") == 4
    (drawn,) = pages_of(badges.label(nobody))
    assert drawn.crop((30, 100, 660, 240)).point(lambda light: 255 * (light < 128)).getbbox() is not None


@pytest.mark.parametrize("name", ["龘𬎆", "葛\ue0100", "がぎ", "محمد"])
def test_rare_glyphs_are_drawn_where_a_font_has_them(beijing, name):
    person = seat(beijing, name, "p@nextstop.example")
    (drawn,) = pages_of(badges.label(person))
    if fonts.missing(name):  # no font of this machine has it: no empty box is drawn in its place
        assert badges.name_on(person) != name
        assert not fonts.missing(badges.name_on(person))
        return

    left, _top, right, _bottom = drawn.crop((30, 100, 660, 240)).point(lambda light: 255 * (light < 128)).getbbox()
    assert right - left > 60


def test_badges_by_carriage_and_after_a_number(beijing, bo, chen, dai, client_of, mei):
    client = client_of(mei)

    def codes(query):
        (page,) = pages_of(io.BytesIO(client.get(f"/organise/beijing/badges/sheets.pdf?{query}").content))
        return {found.text for found in zxingcpp.read_barcodes(page)}

    assert codes("car=1") == {tickets.payload(dai)}
    assert codes("after=2") == {tickets.payload(dai)}
    assert codes("part=2&car=²") == set()
    assert "01" in client.get("/organise/beijing/badges/").content.decode()


def test_the_ticket_is_kept_by_its_owners_phone_alone(bo, as_attendee, visitor):
    worker = as_attendee(bo).get("/attend/beijing/ticket/worker.js")

    assert worker["Content-Type"].startswith("text/javascript")
    assert "/attend/beijing/ticket/worker.js" in as_attendee(bo).get("/attend/beijing/ticket/").content.decode()
    assert visitor.get("/attend/beijing/ticket/worker.js").status_code == 404
