"""WeChat's browser: nothing to download, tabs that take each other's place, personal pages that are never kept."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from cocreation import planner
from cocreation.models import Challenge, Montage, Render
from events import door, passes
from events.models import Event
from sessions import publishing, speaking
from sessions.models import Appearance, Material, Speaker, Talk

UA = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.49"


@pytest.fixture
def wechat(bo):
    client = Client(headers={"accept-language": "en", "user-agent": UA})
    client.cookies[passes.COOKIE] = passes.sign(bo)
    return client


def test_the_ticket_is_a_picture_to_hold_down_and_nothing_is_a_download(wechat):
    page = wechat.get("/attend/beijing/ticket/").content.decode()

    assert '<img src="/attend/beijing/ticket.png"' in page and "Hold the picture down" in page
    assert "ticket.ics" not in page and "ticket.pdf" not in page


def test_other_browsers_keep_their_files(bo, as_attendee):
    page = as_attendee(bo).get("/attend/beijing/ticket/").content.decode()

    assert "ticket.ics" in page and "ticket.pdf" in page and "data-replace" not in page


def test_tabs_take_each_others_place(wechat):
    assert '<nav class="tabs" data-replace' in wechat.get("/attend/beijing/ticket/").content.decode()


@pytest.mark.parametrize("path", ["ticket/", "edit/", "my-data/", "coming/", "ticket.png"])
def test_personal_pages_are_never_kept(wechat, path):
    assert "no-store" in wechat.get(f"/attend/beijing/{path}")["Cache-Control"]


@pytest.mark.parametrize(("path", "file"), [("", "event.ics"), ("poster/", "poster.pdf"), ("my-data/", "export=1")])
def test_no_page_offers_a_file_there(wechat, as_attendee, bo, path, file):
    assert file not in wechat.get(f"/attend/beijing/{path}").content.decode()
    assert file in as_attendee(bo).get(f"/attend/beijing/{path}").content.decode()


BY_BROWSER = "in your browser: WeChat cannot save files."


@pytest.fixture
def slides(beijing):
    """A talk of Liao whose slides everybody may have."""
    cache.clear()  # what is printed is kept under numbers that a rolled back database gives out again
    talk = Talk.objects.create(event=beijing, title="数字人", starts_at=beijing.starts_at, minutes=25)
    liao = Speaker.objects.create(event=beijing, name="廖虎")
    Appearance.objects.create(talk=talk, speaker=liao)
    publishing.publish(beijing, by=None, at=timezone.now(), tell=False)
    row = Material.objects.create(talk=talk, title="幻灯", file="materials/x.pdf", pages=3, published_at=timezone.now())
    Event.objects.update(ended_at=timezone.now())
    return row


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("talks/{talk}/", ["slides.pdf", "talk.ics"]),
        ("recap/", ["slides.pdf"]),
        ("programme/", ["programme.ics"]),
        ("raffle/", ['proof.json" download', 'recompute.py" download', 'verify.py" download']),
    ],
)
def test_what_cannot_be_saved_there_is_said_to_open_in_a_browser(wechat, as_attendee, bo, slides, path, files):
    path = f"/attend/beijing/{path.format(talk=slides.talk_id)}"
    inside, outside = (phone.get(path).content.decode() for phone in (wechat, as_attendee(bo)))

    assert [file for file in files if file in inside] == [] and BY_BROWSER in inside
    assert [file for file in files if file in outside] == files and BY_BROWSER not in outside


def test_the_slides_of_the_recap_lead_to_their_talk_there(wechat, slides):
    page = wechat.get("/attend/beijing/recap/").content.decode()

    assert f'href="/attend/beijing/talks/{slides.talk_id}/"' in page and "幻灯" in page


def test_a_speaker_is_sent_to_their_browser_by_the_mail_that_it_knows_them_by(slides):
    liao, pages = Speaker.objects.get(), {}
    for agent in (UA, "Firefox"):
        client = Client(headers={"accept-language": "en", "user-agent": agent})
        pages[agent] = client.get(f"/attend/beijing/speaker/{speaking.sign(liao)}/", follow=True).content.decode()

    assert "open the link of your mail in your browser: WeChat cannot save files." in pages[UA]
    assert f"speakers/{liao.pk}.ics" not in pages[UA] and "slides.pdf" not in pages[UA] and "幻灯" in pages[UA]
    assert f"speakers/{liao.pk}.ics" in pages["Firefox"] and "slides.pdf" in pages["Firefox"]


@pytest.mark.parametrize("first", [UA, "Firefox"])
def test_a_programme_that_is_printed_for_one_browser_is_not_handed_to_the_other(slides, first):
    for agent in (first, {UA: "Firefox", "Firefox": UA}[first]):
        client = Client(headers={"accept-language": "en", "user-agent": agent})
        page = client.get("/attend/beijing/programme/").content.decode()
        assert ("programme.ics" in page, BY_BROWSER in page) == (agent != UA, agent == UA)


@pytest.fixture
def crew_pages(mei, dana, bo, beijing):
    """A page of the crew in WeChat and in another browser; somebody is inside."""
    door.scan(beijing, bo.code, at=timezone.now(), door="1", nonce="a", by=dana)

    def get(path):
        pages = []
        for agent in (UA, "Firefox"):
            client = Client(headers={"accept-language": "en", "user-agent": agent})
            client.force_login(mei, backend="django.contrib.auth.backends.ModelBackend")
            pages.append(client.get(path).content.decode())
        return pages

    return get


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("attendees/", ["export/", "as=xlsx"]),
        ("badges/?after=0", ["sheets.pdf?part=1", "sheets.pdf?car=6"]),
        ("badges/?after=1", []),
        ("door/", ["door/badge/"]),
        ("door/?q=小满", ["door/badge/"]),
    ],
)
def test_the_crew_too_is_told_what_their_browser_saves(crew_pages, path, files):
    inside, outside = crew_pages(f"/organise/beijing/{path}")

    assert [file for file in files if file in inside] == [] and inside.count(BY_BROWSER) == 1
    assert [file for file in files if file in outside] == files and BY_BROWSER not in outside


def test_the_desk_of_the_film_offers_no_handover_there(crew_pages, beijing):
    challenge = Challenge.objects.create(event=beijing, title="下一站，江城")
    montage = Montage.objects.create(challenge=challenge, number=1)
    plan = planner.Timeline((), planner.Style("plain"), planner.Card("片头"), planner.Credits())
    Render.objects.create(montage=montage, finished_at=timezone.now(), frames=90, plan=plan.as_json())

    inside, outside = crew_pages("/organise/beijing/film/")

    assert "handover/" not in inside and inside.count(BY_BROWSER) == 1
    assert "handover/" in outside and BY_BROWSER not in outside


@pytest.mark.parametrize(("path", "file"), [("door/found/?q=小满", "door/badge/"), ("door/recent/", "door/badge/")])
def test_what_the_doors_page_reads_later_offers_no_file_there_either(crew_pages, path, file):
    inside, outside = crew_pages(f"/organise/beijing/{path}")

    assert file not in inside and file in outside and "林小满" in inside


def test_who_comes_in_there_has_no_badge_to_open(mei, bo):
    """The row that the page adds by itself."""
    client = Client(headers={"accept-language": "en", "user-agent": UA})
    client.force_login(mei, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.post(
        "/organise/beijing/door/scan/", [{"code": bo.code, "nonce": "1"}], content_type="application/json"
    )
    came = client.post(
        "/organise/beijing/door/walk-in/", {"name": "来人"}, headers={"accept": "application/json"}
    ).json()

    assert answer.json()["answers"][0]["answer"] == came["answer"] == "ok"
    assert "badge" not in answer.json()["answers"][0] and "badge" not in came
