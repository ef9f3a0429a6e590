"""WeChat's browser: nothing to download, tabs that take each other's place, personal pages that are never kept."""

import pytest
from django.test import Client

from events import passes

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
