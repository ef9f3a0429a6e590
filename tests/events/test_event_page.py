"""The announcement: everything to decide in ten seconds, on the worst phone in the room."""

import gzip
import io
import json
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from config import demo
from events import pictures
from events.models import Attendee, Event
from tests.conftest import seat

URL = "/attend/beijing/"
STATIC = Path(__file__).resolve().parents[2] / "static"


def test_title_date_place_price_and_seats_are_there(beijing, bo, visitor):
    page = visitor.get(URL).content.decode()

    for words in (
        "Hi~AI, shall we be friends?",
        "Stop 01",
        "Beijing",
        "Free",
        "129 seats left",
        "Get a ticket",
        "address shown once you register",
    ):
        assert words in page
    assert "中关村东路" not in page


def test_the_address_is_shown_to_those_with_a_seat(beijing, bo, as_attendee):
    assert "中关村东路" in as_attendee(bo).get(URL).content.decode()


def test_the_way_there_is_told_to_its_end(beijing, visitor):
    way = (
        "Metro line 13 to Wudaokou, exit A, 800 m east.\n"
        + "Past the fountain <b>turn right</b>. " * 9
        + "Lift 3, floor 12."
    )
    Event.objects.update(address_is_public=True, directions="往东", directions_en=way)

    page = visitor.get("/attend/beijing/").content.decode()

    assert "exit A, 800 m east.<br>Past the fountain &lt;b&gt;turn" in page
    assert "right&lt;/b&gt;. Lift 3, floor 12.</small>" in page


def test_the_page_speaks_chinese_by_itself_and_english_when_asked(beijing, client):
    assert "还剩 130 座" in client.get(URL).content.decode()
    assert "130 seats left" in client.get(URL + "?lang=en").content.decode()
    assert "130 seats left" in client.get(URL).content.decode()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_and_styles_are_at_most_30_kilobytes_compressed(db, visitor, monkeypatch, language):
    """With a whole day's programme, its speakers, sponsors with their logos, prizes, and every seat taken."""
    monkeypatch.setattr(demo, "_shots", lambda *_shots: None)
    event = demo.seed()
    for sponsor in event.sponsors.all():
        sponsor.logo = f"sponsors/{sponsor.pk:016x}.webp"
        sponsor.save()
    for number in range(event.capacity - event.taken):
        seat(event, f"人{number}", f"p{number}@nextstop.example")
    page = visitor.get(f"{event.get_absolute_url()}?lang={language}").content
    styles = re.findall(rb'<link rel="stylesheet" href="/static/([^"]+)"', page)

    size = len(gzip.compress(page, 6)) + sum(
        len(gzip.compress((STATIC / name.decode()).read_bytes(), 6)) for name in styles
    )

    assert len(styles) == 3 and page.count(b"<li") > 30
    assert size <= 30 * 1024


def test_what_stands_before_the_pages_compresses_them():
    """The size above is what a phone gets only where the proxy packs it."""
    site = (STATIC.parent / "Caddyfile").read_text()
    at_the_top = re.findall(r"^(?:\t| {1,4})([a-z]\w*)(.*)$", site, re.M)  # of the site, not of one of its paths

    packing = [arguments.split() for directive, arguments in at_the_top if directive == "encode"]
    assert packing == [["zstd", "gzip"]], "without a matcher: every page"


def test_no_script_is_needed_to_see_or_to_sign_up(beijing, visitor):
    page = visitor.get("/attend/beijing/register/").content.decode()

    assert '<form class="stack wide" method="post"' in page and 'form="register"' in page
    assert "onclick" not in page and "style=" not in page


def test_search_engines_read_the_event(beijing, visitor):
    page = visitor.get(URL).content.decode()
    found = json.loads(re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)[1])

    assert found["@type"] == "Event" and found["eventStatus"].endswith("EventScheduled")
    assert found["eventAttendanceMode"].endswith("OfflineEventAttendanceMode")
    assert (found["offers"]["price"], found["offers"]["availability"]) == ("0", "https://schema.org/InStock")
    assert found["isAccessibleForFree"] is True and found["organizer"]["url"].endswith("/line/hi-ai/")
    assert found["location"]["address"] == {"@type": "PostalAddress", "addressLocality": "Beijing"}  # no street yet


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ("¥ 50", ("50", "CNY")),
        ("￥50", ("50", "CNY")),
        ("50元", ("50", "CNY")),
        ("50 RMB", ("50", "CNY")),
        ("¥50元", ("50", "CNY")),
        ("50", ("50", "CNY")),
        ("¥1,200", ("1200", "CNY")),
        ("¥1,234,567.50", ("1234567.50", "CNY")),
        ("1.200,50 €", ("1200.50", "EUR")),
        ("9,5 €", ("9.5", "EUR")),
        ("£8", ("8", "GBP")),
        ("$12.50", ("12.50", "USD")),
        ("US$ 12.50", ("12.50", "USD")),
        ("HK$50", ("50", "HKD")),
        ("NT$300", ("300", "TWD")),
        ("S$20", ("20", "SGD")),
        ("A$9", ("9", "AUD")),
        ("R$20", (None, None)),
        ("HK$50 USD", (None, None)),
        ("2 人 99 元", (None, None)),
        ("¥50-80", (None, None)),
        ("¥50 起", (None, None)),
        ("99元/人", (None, None)),
        ("¥1,2345", (None, None)),
        ("100 日元", (None, None)),
        ("凭作品入场", (None, None)),
    ],
)
def test_search_engines_read_the_price_or_none(beijing, visitor, price, said):
    Event.objects.update(price=price, taken=130)
    page = visitor.get(URL).content.decode()
    found = json.loads(re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)[1])

    assert (found["offers"].get("price"), found["offers"].get("priceCurrency")) == said
    assert found["isAccessibleForFree"] is False and found["offers"]["availability"].endswith("SoldOut")


@pytest.mark.parametrize(
    "fields",
    [{"registration_closes_at": timezone.now()}, {"ends_at": timezone.now()}, {"cancelled_at": timezone.now()}],
)
def test_search_engines_read_no_seat_where_nobody_can_sign_up(beijing, visitor, fields):
    Event.objects.update(**fields)
    page = visitor.get(URL).content.decode()

    assert "schema.org/SoldOut" in page and "schema.org/InStock" not in page


def test_a_title_cannot_break_out_of_the_structured_data(beijing, visitor):
    Event.objects.update(title_en="</script><script>alert(1)</script>")

    assert "<script>alert(1)" not in visitor.get(URL).content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"capacity": 1, "taken": 1}, "All 1 seats taken"),
        ({"cancelled_at": timezone.now()}, "This stop is cancelled."),
        ({"registration_closes_at": timezone.now()}, "Sign-up has closed"),
        ({"price": "¥ 50"}, "¥ 50"),
    ],
)
def test_states_of_the_page(beijing, visitor, fields, words):
    Event.objects.update(**fields)

    assert words in visitor.get(URL).content.decode()


def test_a_full_train_offers_the_waiting_list(beijing, visitor):
    Event.objects.update(capacity=1, taken=1)
    seat_less = Attendee.objects.create(
        event=beijing, number=9, name="X", contact="x@nextstop.example", status="waitlisted", queued_at=timezone.now()
    )
    assert seat_less.people_ahead() == 0

    page = visitor.get(URL).content.decode()
    assert "Full, 1 waiting" in page and "Join the waitlist" in page


def test_sponsors_are_thanked_for_what_they_gave(beijing, acme, visitor):
    page = visitor.get(URL).content.decode()
    assert "Lenovo" in page and "K7 mechanical keyboard" in page


@pytest.fixture
def logo(acme):
    """A dark mark on nothing, as companies send it, kept as the admin keeps it."""
    content = io.BytesIO()
    Image.new("RGBA", (900, 300), (10, 10, 10, 90)).save(content, "PNG")
    acme.logo = pictures.cleaned(SimpleUploadedFile("logo.png", content.getvalue()), side=pictures.LOGO_SIDE)
    acme.save()
    return acme


def test_a_sponsors_logo_stands_in_a_box_of_its_own_size_with_the_name_for_who_does_not_see_it(logo, visitor):
    page = visitor.get(URL).content.decode()

    (image,) = re.findall(r"<img [^>]*sponsors/[^>]*>", page)
    path = f"/attend/beijing/sponsors/{logo.pk}.webp"
    for part in (f'src="{path}"', 'alt="Lenovo"', 'width="96"', 'height="48"', 'loading="lazy"'):
        assert part in image
    answer = visitor.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "public, max-age=300")
    with Image.open(io.BytesIO(b"".join(answer.streaming_content))) as picture:
        assert (picture.format, picture.width) == ("WEBP", pictures.LOGO_SIDE)


def test_a_sponsor_without_a_logo_has_a_name_and_no_picture(beijing, acme, visitor):
    assert "sponsors/" not in visitor.get(URL).content.decode()
    assert visitor.get(f"/attend/beijing/sponsors/{acme.pk}.webp").status_code == 404


def test_a_logo_whose_file_is_gone_and_one_of_a_draft_are_404_for_strangers(beijing, logo, visitor):
    path = f"/attend/beijing/sponsors/{logo.pk}.webp"
    Event.objects.update(published_at=None)
    assert visitor.get(path).status_code == 404
    Event.objects.update(published_at=beijing.published_at)
    logo.logo.storage.delete(logo.logo.name)

    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize("people", [1, 3])
def test_the_number_of_queries_does_not_grow_with_people(beijing, acme, visitor, people, django_assert_max_num_queries):
    for number in range(people):
        seat(Event.objects.get(), f"人{number}", f"p{number}@nextstop.example")
    visitor.get(URL)
    with django_assert_max_num_queries(24):  # with what the other apps put onto the page
        visitor.get(URL)


def test_an_unpublished_event_is_a_404_for_strangers_and_a_page_for_its_crew(beijing, visitor, mei, client_of):
    Event.objects.update(published_at=None)

    assert visitor.get(URL).status_code == 404
    assert client_of(mei).get(URL).status_code == 200


def test_the_short_link_leads_to_the_event(beijing, visitor):
    assert visitor.get("/HIAI")["Location"] == URL
    assert visitor.get("/hiai")["Location"] == URL, "typed from the stage with a phone"
    assert visitor.get("/organise")["Location"] == "/organise/", "that only lacks its slash"
    assert visitor.get("/nobody").status_code == 404

    Event.objects.update(code="HI")
    assert visitor.get("/HI?c=7")["Location"] == URL
    assert visitor.get("/HI/4")["Location"] == "/attend/beijing/raffle/4/"


def test_the_sitemap_and_robots(beijing, visitor):
    assert "/attend/beijing/" in visitor.get("/sitemap.xml").content.decode()
    assert "Disallow: /organise/" in visitor.get("/robots.txt").content.decode()


def test_the_card_for_chats_is_named_in_the_page(beijing, visitor):
    page = visitor.get(URL).content.decode()
    assert '<meta property="og:image" content="http://127.0.0.1:8000/attend/beijing/card.png">' in page
