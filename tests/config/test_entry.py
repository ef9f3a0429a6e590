"""One-time links exist in local mode alone, and each opens once."""

import io
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from cocreation.models import Challenge
from config import entry
from events.models import OutgoingMail, Stage


@pytest.fixture
def local(settings, tmp_path):
    settings.LOCAL = True
    settings.VAR_DIR = tmp_path


def path_of(link):
    return "/" + link.split("/", 3)[3]


def test_a_link_logs_in_as_the_organiser_once(local, client, mei):
    link = path_of(entry.issue(mei, "/organise/beijing/"))

    first = client.get(link)
    again = client.get(link)

    assert first.status_code == 302
    assert first["Location"] == "/organise/beijing/"
    assert client.session["_auth_user_id"] == str(mei.pk)
    assert again.status_code == 404


def test_a_second_link_of_the_same_person_leaves_their_open_page_working(local, leo):
    """The remote stays open beside the big screen: its next press must still be taken."""
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    remote = browser.get(path_of(entry.issue(leo, "/stage/beijing/remote/")), follow=True).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', remote)[1]

    browser.get(path_of(entry.issue(leo, "/stage/beijing/")), follow=True)
    press = {"csrfmiddlewaretoken": token, "version": "0", "scene": "questions"}

    assert browser.post("/stage/beijing/show/", press).status_code == 302
    assert Stage.objects.get().scene == "questions"


def printed():
    out = io.StringIO()
    call_command("doorplate", stdout=out)
    return out.getvalue()


def test_what_is_printed_says_that_each_person_needs_a_browser_of_their_own(local, mei, leo, bo):
    assert "One browser (a profile or a private window) for each person" in printed()


def test_what_is_printed_says_once_the_demo_is_over_and_how_to_begin_a_new_one(local, settings, beijing, mei):
    challenge = Challenge.objects.create(event=beijing, title="片", closes_at=timezone.now() + timedelta(minutes=1))
    assert "is over" not in printed()

    Challenge.objects.filter(pk=challenge.pk).update(closes_at=timezone.now() - timedelta(minutes=1))
    folder = settings.VAR_DIR
    assert f"no more shots. Begin a new day: Ctrl-C, then `rm -rf {folder} && VAR_DIR={folder} make run`" in printed()

    beijing.ends_at = timezone.now() - timedelta(minutes=1)
    beijing.save()
    settings.VAR_DIR = settings.BASE_DIR / "var"
    assert "no more shots, no more sign-ups. Begin a new day: Ctrl-C, then `rm -rf var && make run`" in printed()
    beijing.__class__.objects.update(code="OURS")
    assert "is over" not in printed(), "an event of one's own is nobody's demo"


def test_a_link_lets_the_phone_know_the_attendee(local, client, bo):
    client.get(path_of(entry.issue(bo, "/attend/beijing/ticket/")))

    assert "林小满" in client.get("/attend/beijing/ticket/").content.decode()


def test_outside_of_local_mode_a_genuine_link_does_not_exist(local, settings, client, mei):
    link = path_of(entry.issue(mei, "/organise/beijing/"))
    settings.LOCAL = False

    assert client.get(link).status_code == 404
    assert "_auth_user_id" not in client.session


def test_an_invented_link_does_not_exist(local, client, db):
    assert client.get("/-/enter/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404


def test_the_mail_box_page_exists_in_local_mode_alone(local, settings, visitor, db):
    assert visitor.get("/-/mail/").status_code == 200
    settings.LOCAL = False
    assert visitor.get("/-/mail/").status_code == 404


@pytest.mark.parametrize("peer", ["192.168.1.77", "fe80::1", "10.0.0.9"])
def test_who_comes_over_the_network_sees_no_mails_and_no_attachment(local, visitor, mei, ed, client_of, peer):
    """A server that phones of the room can reach holds everybody's links."""
    OutgoingMail.objects.create(key="x", to="bo@nextstop.example", message_id="<1@x>", attachments=[["a", "b/c", ""]])
    mail = OutgoingMail.objects.get()

    for path in ("/-/mail/", f"/-/mail/{mail.pk}/0/"):
        assert visitor.get(path, REMOTE_ADDR=peer).status_code == 404
        assert client_of(ed).get(path, REMOTE_ADDR=peer).status_code == 404
        assert client_of(mei).get(path, REMOTE_ADDR=peer).status_code == 200, "an organiser may"
        assert visitor.get(path, REMOTE_ADDR="::1").status_code == 200
        assert visitor.get(path, headers={"x-forwarded-for": peer}).status_code == 404, "through a tunnel"
