"""What stands on the disk is never lost: a server that dies with the last byte, a phone that goes home, many at once."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection
from django.utils import timezone

from cocreation import teams, upkeep, uploads
from cocreation.models import Clip, Upload
from tests.cocreation.test_uploads import BODY, begin, send, send_all, where
from tests.conftest import seat


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def whole(kite, bo, as_attendee, monkeypatch):
    """An upload whose last byte is on the disk when the server dies: `whole()` gives the phone and its address."""

    def make():
        phone = as_attendee(bo)
        place = begin(phone)["Location"]
        phone.raise_request_exception = False
        with monkeypatch.context() as broken:
            broken.setattr(FileSystemStorage, "_save", lambda *args: 1 / 0)
            answers = [send(phone, place, at, BODY[at : at + 1_000_000]) for at in range(0, len(BODY), 1_000_000)]
        assert answers[-1].status_code == 500
        assert (Clip.objects.count(), uploads.part(Upload.objects.get()).stat().st_size) == (0, len(BODY))
        return phone, place

    return make


def test_a_server_that_dies_with_the_last_byte_loses_no_shot(whole):
    phone, place = whole()

    assert where(phone, place) == len(BODY)

    assert Clip.objects.get().original.read() == BODY
    assert where(phone, place) == len(BODY)
    assert Clip.objects.count() == 1


def test_nor_when_the_phone_never_asks_again(whole, now):
    whole()

    uploads.tidy(now + timedelta(days=3))

    assert Clip.objects.get().original.read() == BODY


@pytest.mark.parametrize("slot", [0, 1])
def test_a_database_that_fails_with_the_last_byte_loses_no_shot_either(kite, challenge, bo, as_attendee, slot):
    challenge.zip_ok = True
    challenge.save()
    phone = as_attendee(bo)
    place = begin(phone, slot=slot, name="team.zip" if slot == 0 else "shot.mp4")["Location"]
    phone.raise_request_exception = False
    for at in (0, 1_000_000, 2_000_000):
        send(phone, place, at, BODY[at : at + 1_000_000])

    def away(execute, sql, params, many, context):
        if "events_job" in sql and sql.startswith("INSERT"):
            raise OperationalError("the connection is gone")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(away):
        assert send(phone, place, 3_000_000, BODY[3_000_000:]).status_code == 503
    assert (Clip.objects.count(), list(upkeep._files("film"))) == (0, [])

    assert where(phone, place) == len(BODY)
    kept = Upload.objects.get()
    assert (kept.archive if slot == 0 else kept.clip.original).read() == BODY
    assert list(uploads.folder().iterdir()) == []


def test_a_shot_that_was_given_up_while_its_last_byte_came_is_none(kite, bo, as_attendee):
    """Two requests that the gate of the database let in one after the other."""
    place = begin(as_attendee(bo))["Location"]
    late = Upload.objects.get()
    uploads.part(late).write_bytes(BODY)
    Upload.objects.all().delete()

    with pytest.raises(uploads.Refused) as refused:
        uploads.finish(late, at=late.created_at)

    assert (refused.value.status, Clip.objects.count(), list(upkeep._files("film"))) == (404, 0, [])
    assert as_attendee(bo).head(place).status_code == 404


def test_while_one_connection_makes_the_shot_another_one_waits(whole):
    phone, place = whole()

    with uploads._held(Upload.objects.get()):
        answer = phone.head(place)

    assert answer.status_code == 423
    assert Clip.objects.count() == 0


def test_a_teammate_may_send_the_shot_whose_phone_went_home(kite, bo, chen, as_attendee, now):
    place = begin(as_attendee(bo))["Location"]
    send(as_attendee(bo), place, 0, BODY[:1_000_000])

    answer = begin(as_attendee(chen))
    assert (answer.status_code, answer.json()["message"]) == (409, f"{bo.name} is sending this shot in this moment.")

    Upload.objects.update(touched_at=timezone.now() - timedelta(seconds=58))  # a chunk may take a minute
    assert begin(as_attendee(chen)).status_code == 409

    Upload.objects.update(touched_at=now - timedelta(minutes=2))
    assert "Send it from here" in as_attendee(chen).get("/attend/beijing/film/").content.decode()
    send_all(as_attendee(chen), begin(as_attendee(chen))["Location"])
    assert Clip.objects.get().sender == chen
    assert as_attendee(bo).head(place).status_code == 404


def test_the_phone_is_told_what_still_waits_on_it(kite, bo, chen, as_attendee, now):
    place = begin(as_attendee(bo))["Location"]
    send(as_attendee(bo), place, 0, BODY[:1_000_000])
    Upload.objects.update(touched_at=now - timedelta(minutes=2))

    own, other = (as_attendee(one).get("/attend/beijing/live/").content.decode() for one in (bo, chen))

    assert "Shot 1 is still on this phone" in own
    assert "1 of 3 MB sent. Open the page and it goes on" in own
    assert f"Shot 1 is on {bo.name}’s phone" in other


def test_the_teams_share_counts_what_is_on_its_way(kite, challenge, bo, chen, as_attendee):
    challenge.team_megabytes_most = 5
    challenge.save()

    assert begin(as_attendee(bo), slot=1).status_code == 201
    answer = begin(as_attendee(chen), slot=2)

    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "Your team has sent 3 MB already; the limit is 5.",
    )


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_do_not_take_more_than_the_events_share(challenge, beijing, now):
    challenge.gigabytes_most = 1
    challenge.megabytes_most = 200
    challenge.save()
    people = [seat(beijing, f"P{n}", f"p{n}@nextstop.example") for n in range(12)]
    crews = [teams.make(challenge, person, f"队{n}") for n, person in enumerate(people)]
    gate, said = threading.Barrier(12), []

    def press(crew, person):
        gate.wait()
        try:
            uploads.create(crew, person, 1, 150_000_000, "a.mp4", at=now)
            said.append(201)
        except uploads.Refused as reason:
            said.append(reason.status)
        finally:
            connection.close()

    presses = [threading.Thread(target=press, args=pair) for pair in zip(crews, people, strict=True)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()

    assert sorted(said) == [201] * 6 + [413] * 6


def test_a_file_that_is_refused_for_the_share_costs_no_byte_of_the_one_on_its_way(kite, challenge, bo, as_attendee):
    challenge.team_megabytes_most = 5
    challenge.save()
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:1_000_000])

    assert begin(phone, size=6_000_000).status_code == 413

    assert where(phone, place) == 1_000_000
    send_all(phone, place, 1_000_000)
    assert Clip.objects.get().original.read() == BODY


def test_who_replaces_again_and_again_comes_to_an_end_before_the_disk_does(
    kite, challenge, bo, as_attendee, make_clip, now
):
    challenge.team_megabytes_most = 1
    challenge.save()
    for _take in range(3):
        make_clip(1, size=900_000, withdrawn_at=now)

    answer = begin(as_attendee(bo), size=900_000)

    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "Your team has sent 3 MB already; the limit is 3.",
    )
    Clip.objects.filter(pk=Clip.objects.first().pk).update(size=0)  # tidied away two days later
    assert begin(as_attendee(bo), size=900_000).status_code == 201
