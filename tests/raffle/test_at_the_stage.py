"""Somebody is being called: the badge that is held up, the held key for whoever does not come."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from events import qr, tickets
from events.models import OutgoingMail
from raffle import drawing, handing
from raffle.models import Claim, Prize


def test_a_badge_that_is_scanned_at_the_stage_claims_its_holders_prize(drawn, leo, client_of):
    called = drawing.attendee_of(drawn, 1)
    drawn.calls.update(at=timezone.now())
    answer = client_of(leo).post(f"/stage/beijing/raffle/{drawn.number}/badge/", {"code": tickets.payload(called)})

    assert answer.status_code == 302
    assert list(Claim.objects.values_list("attendee", "rank", "by")) == [(called.pk, 1, "desk")]
    assert drawn.raffle.log.get(kind="claim").content["body"]["by"] == "desk"


def test_the_badge_of_somebody_else_claims_nothing(drawn, room, leo, client_of):
    """Neither that of a stand-by, nor one of another event, nor what is no badge."""
    drawn.calls.update(at=timezone.now())
    called, waiting = drawing.attendee_of(drawn, 1), drawing.attendee_of(drawn, 2)
    for code in (tickets.payload(waiting), f"NS:OTHER:{called.code}", "", "hello"):
        asked = {"code": code}
        answer = client_of(leo).post(
            f"/stage/beijing/raffle/{drawn.number}/badge/", asked, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, answer.json()["error"]) == (409, "Nobody who is being called has this badge.")

    assert not Claim.objects.exists()


def test_a_photo_of_a_badge_is_read_by_the_server(drawn, leo, client_of):
    drawn.calls.update(at=timezone.now())
    photo = io.BytesIO()
    qr.picture(tickets.payload(drawing.attendee_of(drawn, 1)), 300).save(photo, "PNG")
    place, asked = f"/stage/beijing/raffle/{drawn.number}/badge/", {"Accept": "application/json"}

    blank = client_of(leo).post(place, {"photo": io.BytesIO(b"no picture")}, headers=asked)
    photo.seek(0)
    read = client_of(leo).post(place, {"photo": photo}, headers=asked)

    assert (blank.json(), read.json()) == ({"error": "", "seen": False}, {"error": ""})
    assert Claim.objects.get().rank == 1


def test_the_held_key_of_a_host_waits_for_the_servers_clock(drawn, leo, client_of):
    drawn.calls.update(at=timezone.now())
    place, asked = f"/stage/beijing/raffle/{drawn.number}/absent/", {"Accept": "application/json"}

    early = client_of(leo).post(place, {"reason": "gone"}, headers=asked)
    drawn.calls.update(at=timezone.now() - timedelta(seconds=61))
    late = client_of(leo).post(place, {"reason": "gone"}, headers=asked)

    assert early.status_code == 409
    assert early.json()["error"].endswith("s to answer are left. Before that only an organiser passes somebody over.")
    assert late.json() == {"error": ""}
    assert list(drawn.voids.values_list("reason", "text")) == [("timeout", "")]


def test_the_held_key_of_an_organiser_passes_over_with_a_reason(drawn, mei, client_of):
    place = f"/stage/beijing/raffle/{drawn.number}/absent/"
    client_of(mei).post(place, {"reason": "No answer in the room"}, headers={"Accept": "application/json"})

    assert list(drawn.voids.values_list("reason", "text")) == [("override", "No answer in the room")]


def press(browser):
    """The big button of the host's page: the words on it, and its form as it is sent."""
    page = browser.get("/stage/beijing/raffle/").content.decode()
    form = re.search(r'<form method="post" action="(/stage/beijing/raffle/1/here/)">(.*?)</form>', page, re.S)
    words = re.sub(r"<[^>]+>", "", form[2]).strip()
    browser.post(form[1], dict(re.findall(r'name="(rank|hand_over)" value="(\d+)"', form[2])))
    return words


def test_who_gets_the_prize_on_the_stage_is_not_told_later_that_it_waits(drawn, leo, client_of):
    drawn.calls.update(at=timezone.now())
    Prize.objects.update(at_hand_at=timezone.now())

    assert press(client_of(leo)) == "Here. Hand it over"

    claim = Claim.objects.get()
    assert (claim.by, claim.handed_over_by, claim.handed_over_at is not None) == ("desk", leo, True)
    handing.remind_winners(timezone.now() + timedelta(hours=1))
    assert not OutgoingMail.objects.exists()
    assert not handing.at_desk(drawn.raffle.event).exists()


@pytest.mark.parametrize(("kind", "at_hand"), [("goods", None), ("arranged", timezone.now()), ("code", timezone.now())])
def test_a_prize_that_does_not_lie_there_is_not_handed_over_by_the_press(drawn, leo, client_of, kind, at_hand):
    drawn.calls.update(at=timezone.now())
    Prize.objects.update(kind=kind, at_hand_at=at_hand)

    assert press(client_of(leo)) == "Here"

    assert list(Claim.objects.values_list("by", "handed_over_at")) == [("desk", None)]
    client_of(leo).post("/stage/beijing/raffle/1/here/", {"rank": "1", "hand_over": "1"})  # an older page says so
    assert Claim.objects.get().handed_over_at is None
