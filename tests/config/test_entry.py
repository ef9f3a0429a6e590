"""One-time links exist in local mode alone, and each opens once."""

import pytest

from config import entry
from events.models import OutgoingMail


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
