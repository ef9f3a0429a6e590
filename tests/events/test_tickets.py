"""The ticket: short codes that cameras read, pictures, paper, a calendar entry that follows what happens."""

import io
import re

import pytest
import segno
from django.utils import timezone, translation
from icalendar import Calendar
from PIL import Image

from events import admission, cards, fonts, qr, registration, tickets
from events.models import Attendee, Event
from events.models.attendee import CODE_ALPHABET, new_code
from tests.conftest import seat


def decode(image):
    import zxingcpp

    return [found.text for found in zxingcpp.read_barcodes(image)]


def test_the_qr_says_at_most_32_characters_and_both_ways_back(bo):
    said = tickets.payload(bo)

    assert said == f"NS:HIAI:{bo.code}" and len(said) <= 32
    assert tickets.read_payload(said) == ("HIAI", bo.code)
    assert tickets.read_payload(f" {bo.spaced_code.lower()} ") == ("", bo.code)
    assert tickets.read_payload("https://elsewhere.example/") is None


@pytest.mark.parametrize("said", ["NS:HIAI:7K2M9PQR", "https://meet.example.org/attend/beijing/?c=abc", "x" * 300])
def test_the_qr_of_a_page_can_be_scanned_and_is_no_larger_than_it_must_be(said):
    drawn = qr.svg(said)

    side = int(re.search(r'viewBox="0 0 (\d+) ', drawn)[1])
    image = Image.new("L", (side, side), "white")
    for x, y, moves in re.findall(r"M(\d+) (\d+)\.5([^M\"]*)", drawn):
        pen = int(x)
        for move, length in re.findall(r"(m|h)(\d+)", moves):
            for dark in range(pen, pen + int(length)) if move == "h" else ():
                image.putpixel((dark, int(y)), 0)
            pen += int(length)
    assert decode(image.resize((8 * side, 8 * side), Image.Resampling.NEAREST)) == [said]
    assert side <= len(segno.make(said, error="m", micro=False).matrix) + 2 * qr.BORDER


def test_what_is_too_long_for_a_qr_is_refused():
    with pytest.raises(ValueError):
        qr.svg("x" * 3000)


def test_codes_have_eight_characters_that_cannot_be_mistaken():
    assert {len(new_code()) for _ in range(200)} == {8}
    assert not set("01ILO") & set(CODE_ALPHABET)


def test_the_picture_of_a_ticket_can_be_scanned_even_small(bo):
    image = tickets.picture(bo)

    assert decode(image) == [tickets.payload(bo)]
    assert decode(image.resize((image.width // 4, image.height // 4))) == [tickets.payload(bo)]


def test_every_module_of_a_qr_has_the_same_size():
    assert decode(qr.picture("NS:HIAI:K7QX2M9D", 500)) == ["NS:HIAI:K7QX2M9D"]


@pytest.mark.parametrize(
    ("ending", "kind", "magic"), [("png", "image/png", b"\x89PNG"), ("pdf", "application/pdf", b"%PDF")]
)
def test_the_ticket_as_a_file(bo, as_attendee, ending, kind, magic):
    answer = as_attendee(bo).get(f"/attend/beijing/ticket.{ending}")

    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer.content.startswith(magic)
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"] == f'inline; filename="beijing-0001.{ending}"'


def test_nobody_else_gets_the_files(bo, visitor):
    for name in ("ticket.png", "ticket.pdf", "ticket.ics", "ticket/"):
        assert visitor.get(f"/attend/beijing/{name}").status_code == 404


def entry_of(body):
    return Calendar.from_ical(body).walk("VEVENT")[0]


def test_the_calendar_entry_knows_its_zone_its_place_and_its_person(bo, as_attendee):
    Event.objects.update(venue="智谱AI", address="北京市海淀区中关村东路 1 号")
    body = as_attendee(bo).get("/attend/beijing/ticket.ics").content
    entry, calendar = entry_of(body), Calendar.from_ical(body)

    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert entry["UID"] == f"ticket-{bo.uid}@127.0.0.1"
    assert entry["LOCATION"] == "智谱AI 北京市海淀区中关村东路 1 号"
    assert entry["STATUS"] == "CONFIRMED" and calendar["METHOD"] == "REQUEST"
    assert entry["DTSTART"].dt == bo.event.local(bo.event.starts_at).replace(microsecond=0)
    assert bo.spaced_code in entry["DESCRIPTION"]


def test_giving_up_cancels_the_entry_with_a_higher_sequence(bo, as_attendee):
    before = entry_of(tickets.calendar_file(bo)[2])
    admission.cancel(bo, at=timezone.now())
    after = entry_of(as_attendee(bo).get("/attend/beijing/ticket.ics").content)

    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]


@pytest.mark.parametrize(("public", "place"), [(False, "Beijing"), (True, "智谱AI 北京市海淀区中关村东路 1 号")])
def test_the_entry_of_a_place_that_was_given_up_tells_the_address_only_where_it_is_public(
    bo, as_attendee, public, place
):
    Event.objects.update(address_is_public=public)
    admission.cancel(bo, at=timezone.now())

    entry = entry_of(as_attendee(bo).get("/attend/beijing/ticket.ics").content)

    assert (entry["STATUS"], entry["LOCATION"]) == ("CANCELLED", place)


@pytest.mark.parametrize(
    ("status", "code"), [("applied", 404), ("waitlisted", 404), ("declined", 404), ("offered", 200)]
)
def test_whoever_never_held_a_seat_has_no_entry_for_it(beijing, as_attendee, status, code):
    person = seat(beijing, "白望", "w@nextstop.example", status=status, queued_at=timezone.now())

    assert as_attendee(person).get("/attend/beijing/ticket.ics").status_code == code


def test_whoever_is_back_in_line_still_takes_the_entry_out_of_their_calendar(bo, as_attendee):
    Event.objects.update(capacity=1)
    seat(Event.objects.get(), "Cid", "cid@nextstop.example", status="waitlisted", queued_at=timezone.now())
    admission.cancel(bo, at=timezone.now())
    registration.again(bo, at=timezone.now())

    entry = entry_of(as_attendee(bo).get("/attend/beijing/ticket.ics").content)

    assert (bo.status, entry["STATUS"], entry["LOCATION"]) == ("waitlisted", "CANCELLED", "Beijing")


def test_the_public_entry_tells_no_address_before_sign_up(beijing, visitor):
    entry = entry_of(visitor.get("/attend/beijing/event.ics").content)
    assert entry["LOCATION"] == "Beijing"

    Event.objects.update(address_is_public=True)
    entry = entry_of(visitor.get("/attend/beijing/event.ics").content)
    assert entry["LOCATION"] == "北京市海淀区中关村东路 1 号"


def test_the_ticket_page_turns_into_the_seat_once_through_the_door(bo, as_attendee):
    from events.models import CheckIn

    phone = as_attendee(bo)
    assert phone.get("/attend/beijing/ticket/state/").json()["url"] == "/attend/beijing/ticket/"

    CheckIn.objects.create(attendee=bo, at=timezone.now())

    assert phone.get("/attend/beijing/ticket/state/").json()["url"] == "/attend/beijing/aboard/"
    assert phone.get("/attend/beijing/ticket/")["Location"] == "/attend/beijing/aboard/"
    assert phone.get("/attend/beijing/ticket/?ticket=1").status_code == 200


def test_changing_ones_details_by_the_link(bo, as_attendee):
    answer = as_attendee(bo).post("/attend/beijing/edit/", {"name": "满满", "wish": "script", "photos_ok": "on"})

    bo.refresh_from_db()
    assert answer.status_code == 302
    assert (bo.name, bo.wish, bo.photos_ok, bo.credits_ok) == ("满满", "script", True, False)
    assert as_attendee(bo).post("/attend/beijing/edit/", {"name": ""}).status_code == 422


def test_the_signed_link_opens_the_ticket_on_another_device(bo, visitor):
    from events import passes

    answer = visitor.get(passes.link(bo).removeprefix("http://127.0.0.1:8000"), follow=True)
    assert bo.spaced_code in answer.content.decode()

    Attendee.objects.update(link_version=2)
    assert visitor.get(passes.link(bo).removeprefix("http://127.0.0.1:8000")).status_code == 404


def test_a_forged_link_opens_nothing(bo, visitor):
    assert visitor.get(f"/attend/beijing/pass/{bo.uid}.1:forged/").status_code == 404


def test_a_name_that_no_font_can_draw_is_known_before_it_is_printed():
    assert fonts.missing("林小满 Kevin 𬎆龘") in ("", "𬎆", "龘", "𬎆龘")
    assert fonts.missing("\U00030000") == "\U00030000"
    assert fonts.selftest() is True


def test_titles_break_after_punctuation_and_never_inside_a_word():
    assert fonts.wrap("Hi~AI，交个朋友？", 132, 924) == ["Hi~AI，", "交个朋友？"]
    lines = fonts.wrap("从剧本到拍摄：AIGC介入影视创作的可能性", 60, 600)
    assert "".join(lines) == "从剧本到拍摄：AIGC介入影视创作的可能性"
    assert all("AIGC" in line or not set("AIGC") & set(line) for line in lines)


@pytest.mark.parametrize(
    ("path", "size"), [("card.png", (1200, 630)), ("square.png", (300, 300)), ("poster.png", (1080, 1600))]
)
def test_pictures_to_forward(beijing, visitor, path, size):
    answer = visitor.get(f"/attend/beijing/{path}")

    image = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], image.size) == ("image/png", size)
    assert len(answer.content) < 300_000


def test_the_posters_qr_leads_to_the_event(beijing):
    with translation.override("en"):
        assert decode(cards.poster(beijing)) == ["http://127.0.0.1:8000/HIAI"]
