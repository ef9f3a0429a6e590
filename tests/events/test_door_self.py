"""People who let themselves in, badges, and the ticket that stays on the phone."""

import io
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from django.utils import timezone

from events import badges, boarding_code, tickets
from events.models import CheckIn, Scan, Stage
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

    assert as_attendee(bo).post("/attend/beijing/board/", {"c": code}).status_code == 404
    assert CheckIn.objects.count() == 0


def test_the_stage_shows_the_code_of_this_minute(beijing, leo, client_of):
    Stage.objects.create(event=beijing, scene="board")

    page = client_of(leo).get("/stage/beijing/scene/").content.decode()

    assert boarding_code.now(beijing, timezone.now()) in page


def test_the_tablet_by_the_door_shows_nobody(bo, beijing, dana, client_of):
    CheckIn.objects.create(attendee=bo, at=timezone.now())

    page = client_of(dana).get("/organise/beijing/door/kiosk/").content.decode()

    assert "Hold up your ticket" in page
    assert bo.name not in page
    assert "/door/undo/" not in page


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
