"""Uploads: cut anywhere, they go on at the last byte that is safe."""

import base64
import os
import time
import zlib
from datetime import timedelta

import pytest
from django.utils import timezone

from cocreation import uploads
from cocreation.models import Challenge, Clip, Upload
from events import admission
from events.models import Job

BODY = bytes(range(256)) * 12_000  # 3 MB
START = "/attend/beijing/film/uploads/"


def b64(text):
    return base64.b64encode(str(text).encode()).decode()


def begin(phone, size=len(BODY), slot=1, name="shot.mp4", heads=""):
    return phone.post(
        START,
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(size),
            "Upload-Metadata": f"slot {b64(slot)},filename {b64(name)},heads {b64(heads)}",
        },
    )


def send(phone, place, at, chunk):
    return phone.patch(
        place,
        data=chunk,
        content_type="application/offset+octet-stream",
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": str(at)},
    )


def where(phone, place):
    return int(phone.head(place)["Upload-Offset"])


def send_all(phone, place, at=0, chunk=1_000_000):
    while at < len(BODY):
        answer = send(phone, place, at, BODY[at : at + chunk])
        assert answer.status_code == 204, answer.content
        at = int(answer["Upload-Offset"])


def test_a_file_arrives_in_chunks_byte_for_byte_and_is_probed(kite, bo, as_attendee):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]

    send_all(phone, place)

    clip = Clip.objects.get()
    assert (clip.team, clip.slot, clip.sender, clip.size) == (kite, 1, bo, len(BODY))
    assert clip.original.read() == BODY
    assert [job.kind for job in Job.objects.all()] == ["probe_clip"]


@pytest.mark.parametrize("percent", [10, 40, 70, 99])
def test_cut_anywhere_it_goes_on_where_the_server_is(kite, bo, as_attendee, percent):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    cut = len(BODY) * percent // 100
    for at in range(0, cut, 1_000_000):
        send(phone, place, at, BODY[at : min(cut, at + 1_000_000)])

    reloaded = as_attendee(bo)
    assert where(reloaded, place) == cut
    send_all(reloaded, place, cut)

    assert Clip.objects.get().original.read() == BODY


def test_the_next_day_it_goes_on_as_well(kite, challenge, bo, as_attendee):
    Challenge.objects.filter(pk=challenge.pk).update(closes_at=timezone.now() + timedelta(days=3))
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:500_000])

    uploads.tidy(timezone.now() + timedelta(hours=30))

    assert where(phone, place) == 500_000


def test_after_two_silent_days_it_is_given_up_and_its_bytes_with_it(kite, challenge, bo, as_attendee):
    Challenge.objects.filter(pk=challenge.pk).update(closes_at=None)
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:500_000])

    uploads.tidy(timezone.now() + timedelta(days=3))

    assert phone.head(place).status_code == 404
    assert list(uploads.folder().glob("*.part")) == []


def test_a_chunk_sent_twice_is_taken_once(kite, bo, as_attendee):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:500_000])

    again = send(phone, place, 0, BODY[:500_000])

    assert (again.status_code, again["Upload-Offset"]) == (409, "500000")


def test_the_last_chunk_sent_twice_makes_one_clip(kite, bo, as_attendee):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send_all(phone, place)

    answer = send(phone, place, 2_000_000, BODY[2_000_000:])

    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(BODY)))
    assert Clip.objects.count() == 1


def test_nobody_else_may_look_at_or_go_on_with_an_upload(kite, bo, chen, dai, as_attendee):
    place = begin(as_attendee(bo))["Location"]

    for other in (chen, dai):
        assert as_attendee(other).head(place).status_code == 404
        assert send(as_attendee(other), place, 0, b"x").status_code == 404


def test_without_a_team_nothing_can_be_sent(challenge, dai, as_attendee):
    answer = begin(as_attendee(dai))

    assert (answer.status_code, answer.json()["message"]) == (403, "Join a team first.")


def test_too_large_is_refused_with_the_numbers_before_a_byte_is_sent(kite, bo, as_attendee):
    answer = begin(as_attendee(bo), size=212_000_000)

    assert answer.status_code == 413
    assert answer.json()["message"] == "212 MB, the limit is 200. Trim it under 8 seconds and send again."


def test_more_bytes_than_announced_are_refused(kite, bo, as_attendee):
    phone = as_attendee(bo)
    place = begin(phone, size=1000)["Location"]

    assert send(phone, place, 0, BODY[:2000]).status_code == 413


def test_other_kinds_of_file_are_refused_in_words(kite, bo, as_attendee):
    answer = begin(as_attendee(bo), name="notes.pdf")

    assert answer.status_code == 415
    assert answer.json()["message"] == ".pdf is no video that we can take: MP4, MOV, WebM, MKV or GIF."


def test_a_full_disk_is_told_in_plain_words_and_keeps_what_was_sent(kite, bo, as_attendee, settings):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:500_000])
    settings.DISK_RESERVE_MB = 10**9

    refused = send(phone, place, 500_000, BODY[500_000:1_000_000])

    assert refused.status_code == 507
    assert refused.json()["message"].startswith("The disk of this meetup is full.")
    assert begin(phone, slot=2).status_code == 507
    settings.DISK_RESERVE_MB = 1
    send_all(phone, place, 500_000)
    assert Clip.objects.get().original.read() == BODY


def test_after_the_deadline_nothing_is_taken(kite, challenge, bo, as_attendee):
    challenge.closes_at = timezone.now() - timedelta(minutes=1)
    challenge.save()

    assert begin(as_attendee(bo)).status_code == 403


def closed(challenge, *, minutes):
    """The deadline was so many minutes ago."""
    Challenge.objects.filter(pk=challenge.pk).update(closes_at=timezone.now() - timedelta(minutes=minutes))


def test_what_was_on_its_way_at_the_deadline_may_still_arrive_and_the_page_says_until_when(
    kite, challenge, bo, as_attendee
):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:500_000])
    closed(challenge, minutes=29)

    page = phone.get("/attend/beijing/film/").content.decode()
    send_all(phone, place, 500_000)

    assert "what was on its way may still arrive until" in page
    assert Clip.objects.get().original.read() == BODY


def test_half_an_hour_later_it_is_too_late_and_holds_no_place(kite, challenge, bo, as_attendee):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:500_000])
    closed(challenge, minutes=31)

    answer = send(phone, place, 500_000, BODY[500_000:1_000_000])
    uploads.tidy(timezone.now())

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "The deadline has passed, and with it the half hour for what was on its way.",
    )
    assert not Upload.objects.exists()


def test_a_new_file_takes_the_place_of_the_old_one_and_keeps_its_title(kite, bo, as_attendee, make_clip):
    old = make_clip(1, title="Sunrise")
    phone = as_attendee(bo)

    send_all(phone, begin(phone)["Location"])

    old.refresh_from_db()
    current = kite.clips.current().get()
    assert old.withdrawn_at is not None
    assert (current.slot, current.title) == (1, "Sunrise")


def test_teammates_see_on_whose_phone_the_missing_shot_is(kite, bo, chen, as_attendee):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:1_000_000])

    page = as_attendee(chen).get("/attend/beijing/film/").content.decode()

    assert f"On {bo.name}’s phone, 1 of 3 MB sent" in page
    assert Upload.objects.get().received == 1_000_000


def test_also_where_a_refused_shot_stands_in_the_place(kite, bo, chen, make_clip, as_attendee):
    make_clip(2, state=Clip.State.REFUSED, refusal={"code": "too_short", "seconds": 0.8, "least": 2})
    phone = as_attendee(bo)
    send(phone, begin(phone, slot=2)["Location"], 0, BODY[:1_228_800])
    live = "/attend/beijing/live/"
    assert "Shot 2 needs a fix" not in phone.get(live).content.decode()  # the new take is just coming

    Upload.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
    own, other = (as_attendee(one).get("/attend/beijing/film/").content.decode() for one in (bo, chen))

    assert "0.8 s, at least 2 s" in other
    assert "--v:40%" in other and f"On {bo.name}’s phone, 1 of 3 MB sent" in other
    assert "On this phone, 1 of 3 MB sent" in own
    assert "Shot 2 is still on this phone" in phone.get(live).content.decode()
    assert f"Shot 2 is on {bo.name}’s phone" in as_attendee(chen).get(live).content.decode()


def test_what_a_phone_has_to_mend_goes_before_what_waits_on_another_one(kite, bo, chen, make_clip, as_attendee):
    make_clip(2, state=Clip.State.REFUSED, refusal={"code": "no_video"})
    begin(as_attendee(chen), slot=1)
    Upload.objects.update(touched_at=timezone.now() - timedelta(minutes=2))

    own, other = (as_attendee(one).get("/attend/beijing/live/").content.decode() for one in (chen, bo))

    assert ("Shot 1 is still on this phone" in own, "Shot 2 needs a fix" in other) == (True, True)


def head(body, *lengths):
    return " ".join(f"{length}:{zlib.crc32(body[:length]):x}" for length in lengths)


def test_the_same_file_chosen_again_goes_on_where_the_server_is(kite, bo, as_attendee):
    phone, said = as_attendee(bo), head(BODY, 65536, 2**20)
    place = begin(phone, heads=said)["Location"]
    assert begin(phone, heads=said)["Location"] == place  # nothing of it has come yet
    send(phone, place, 0, BODY[:1_000_000])

    again = begin(phone, heads=said)

    assert (again.status_code, again["Location"], where(phone, place)) == (201, place, 1_000_000)
    send_all(phone, place, 1_000_000)
    assert Clip.objects.get().original.read() == BODY


@pytest.mark.parametrize(
    "other",
    [
        {"heads": head(b"x" + BODY, 65536, 2**20)},
        {"heads": f"{head(BODY, 65536)} {head(b'x' + BODY, 500_000)}"},
        {"heads": head(BODY, 2**20)},  # more than has come: nothing is known of it
        {"heads": "65536:zz 0:0 -1:0"},
        {"heads": ""},
        {"heads": head(BODY, 65536), "name": "other.mp4"},
        {"heads": head(BODY, 65536), "size": len(BODY) - 1},
    ],
)
def test_another_file_of_the_same_name_begins_anew(kite, bo, as_attendee, other):
    phone = as_attendee(bo)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:1_000_000])

    again = begin(phone, **other)["Location"]

    assert again != place
    assert (where(phone, again), phone.head(place).status_code) == (0, 404)


def test_a_teammates_file_of_the_same_name_is_not_gone_on_with(kite, bo, chen, as_attendee):
    phone, said = as_attendee(bo), head(BODY, 65536)
    place = begin(phone, heads=said)["Location"]
    send(phone, place, 0, BODY[:1_000_000])
    Upload.objects.update(touched_at=timezone.now() - timedelta(minutes=2))

    again = begin(as_attendee(chen), heads=said)["Location"]

    assert (again != place, where(as_attendee(chen), again)) == (True, 0)


def test_a_place_in_letters_that_no_header_has_is_no_place(kite, bo, as_attendee):
    answer = as_attendee(bo).post(START, headers={"Upload-Length": "10", "Upload-Metadata": "slot é"})

    assert (answer.status_code, answer.json()["message"]) == (422, "This challenge has 3 shots.")


def test_who_has_given_up_their_place_sends_nothing_to_the_stage(kite, bo, as_attendee, now):
    phone = as_attendee(bo)
    admission.cancel(bo, at=now)

    answer = begin(phone)

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "Your registration is over: teams and shots are for those who come.",
    )
    assert not Upload.objects.exists()


def test_a_part_that_no_row_knows_goes_from_the_host_that_received_it(kite, bo, as_attendee):
    phone = as_attendee(bo)
    begin(phone, size=10)
    lost, young = uploads.folder() / "lost.part", uploads.folder() / "young.part"
    for part in (lost, young):
        part.write_bytes(b"x")
    os.utime(lost, (time.time() - 7200,) * 2)
    os.utime(uploads.folder().with_name(".incoming-swept"), (time.time() - 3700,) * 2)

    begin(phone, size=10, slot=2)

    assert (lost.exists(), young.exists(), len(list(uploads.folder().glob("*.part")))) == (False, True, 3)
