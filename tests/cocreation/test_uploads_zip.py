"""A team's zip: its films go to their places, what is no film stays out, and nothing leads out of the zip."""

import io
import shutil
import stat
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from cocreation import archives, upkeep, uploads
from cocreation.models import Challenge, Clip, Upload
from events.models import Job, Worker
from tests.cocreation.drawing import film
from tests.cocreation.test_uploads import START, b64, begin, send
from tests.work import work

H264 = ("-c:v", "libx264")
FILM = "/attend/beijing/film/"


@pytest.fixture
def zips(challenge):
    challenge.zip_ok = True
    challenge.save()
    return challenge


def packed(entries, *, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return out.getvalue()


def arrive(phone, body, name="team.zip"):
    """All bytes of a zip, of which nothing is made yet."""
    answer = begin(phone, size=len(body), slot=0, name=name)
    assert answer.status_code == 201, answer.content
    for at in range(0, len(body), 1_000_000):
        assert send(phone, answer["Location"], at, body[at : at + 1_000_000]).status_code == 204


def deliver(phone, body, name="team.zip"):
    arrive(phone, body, name)
    work()
    return Upload.objects.get(slot=0)


def test_its_films_go_to_their_places(zips, kite, bo, as_attendee, tmp_path):
    one = film(tmp_path, "a.mp4", more=H264).read_bytes()
    body = packed([("shots/2 whale.mp4", one), ("1.mov", one), ("__MACOSX/._1.mov", b"x"), ("readme.txt", b"hi")])

    upload = deliver(as_attendee(bo), body)

    assert [(clip.slot, clip.filename, clip.state) for clip in kite.clips.current()] == [
        (1, "1.mov", "ready"),
        (2, "2 whale.mp4", "ready"),
    ]
    assert upload.unpacked == [{"name": "1.mov", "slot": 1}, {"name": "2 whale.mp4", "slot": 2}]
    assert not upload.archive


@pytest.mark.long
def test_more_than_there_are_places_is_told(zips, kite, bo, as_attendee, tmp_path):
    one = film(tmp_path, "a.mp4", more=H264).read_bytes()
    phone = as_attendee(bo)

    deliver(phone, packed([(f"{name}.mp4", one) for name in "abcd"]))

    assert kite.clips.current().count() == 3
    assert "d.mp4: the challenge has 3 shots" in phone.get("/attend/beijing/film/").content.decode()


def test_films_without_a_number_go_to_empty_places_first(zips, kite, bo, make_clip):
    make_clip(1, title="Sunrise")
    make_clip(2, state=Clip.State.REFUSED)
    body = io.BytesIO(packed([("b.mp4", b"x"), ("a.mp4", b"x")]))

    with zipfile.ZipFile(body) as archive:
        rows, refused = archives.shots_in(archive, zips.shots, archives._taken(kite))

    assert ([(name, slot) for _entry, name, slot in rows], refused) == ([("a.mp4", 2), ("b.mp4", 3)], [])


def test_with_no_empty_place_left_they_replace_and_a_number_always_does(zips, make_clip):
    body = io.BytesIO(packed([("a.mp4", b"x"), ("b.mp4", b"x"), ("1 whale.mp4", b"x")]))

    with zipfile.ZipFile(body) as archive:
        rows, refused = archives.shots_in(archive, zips.shots, {1, 2})

    assert ([(name, slot) for _entry, name, slot in rows], refused) == (
        [("1 whale.mp4", 1), ("b.mp4", 2), ("a.mp4", 3)],
        [],
    )


def test_a_zip_that_waits_says_so_on_the_page_of_its_team(zips, kite, bo, as_attendee):
    phone = as_attendee(bo)
    arrive(phone, HOSTILE["nothing"][0])
    assert "The zip has arrived and is being unpacked" in phone.get(FILM).content.decode()

    Job.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert "Nobody works on it right now; the crew can see it." in phone.get(FILM).content.decode()
    Worker.objects.create(name="media", queues="default,probe", heard_at=timezone.now())
    assert "In line: all workers are busy" in phone.get(FILM).content.decode()

    Job.objects.update(state="failed")
    assert "It did not work this time. It is tried again by itself" in phone.get(FILM).content.decode()


@pytest.mark.long
def test_a_zip_whose_job_was_lost_gets_it_again(zips, kite, bo, as_attendee, tmp_path):
    arrive(as_attendee(bo), packed([("1.mp4", film(tmp_path, "a.mp4", more=H264).read_bytes())]))
    Job.objects.all().delete()

    upkeep.heal(timezone.now() + timedelta(minutes=3))
    work()

    assert kite.clips.current().get().state == "ready"


def test_a_zip_that_fails_each_time_ends_in_words_and_not_in_silence(zips, kite, bo, as_attendee):
    phone = as_attendee(bo)
    arrive(phone, HOSTILE["nothing"][0])
    for _round in range(archives.TRIES + 1):
        Job.objects.filter(state="waiting").update(state="failed")
        upkeep.heal(timezone.now() + timedelta(minutes=3))

    assert Job.objects.filter(state="waiting").count() == 0
    assert "We could not read it. The crew has been told" in phone.get(FILM).content.decode()
    assert Upload.objects.get().archive  # the crew can try it again

    upkeep.heal(timezone.now() + timedelta(days=3))
    assert not Upload.objects.get().archive


def linked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("1.mp4")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


HOSTILE = {
    "a link": (linked(), "link"),
    "a way out": (packed([("../../1.mp4", b"x" * 9)]), "link"),
    "an absolute name": (packed([("/etc/1.mp4", b"x" * 9)]), "link"),
    "a Windows drive": (packed([("C:\\1.mp4", b"x" * 9)]), "link"),
    "a bomb": (packed([("1.mp4", b"\0" * 150_000_000)], method=zipfile.ZIP_DEFLATED), "zip_too_large"),
    "nothing": (packed([("a.txt", b"hello")]), "empty_zip"),
    "no zip": (b"PK\x03\x04 not really a zip at all", "no_zip"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_makes_no_shot_and_is_answered_in_words(zips, kite, bo, as_attendee, kind):
    body, code = HOSTILE[kind]

    upload = deliver(as_attendee(bo), body)

    assert [row["code"] for row in upload.unpacked] == [code]
    assert kite.clips.count() == 0
    assert 'class="notice bad"' in as_attendee(bo).get("/attend/beijing/film/").content.decode()


def test_a_directory_that_lies_about_sizes_is_found_out_while_unpacking(zips, kite, bo, as_attendee):
    """The entry claims nine bytes and brings 2 MB; the limit is 1."""
    zips.megabytes_most = 1
    zips.save()
    body = bytearray(packed([("1.mp4", bytes(range(256)) * 8_000)]))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = body.rindex(mark) + at
        body[place : place + 4] = (9).to_bytes(4, "little")

    upload = deliver(as_attendee(bo), bytes(body))

    assert [row.get("code") for row in upload.unpacked] == ["damaged"]
    assert kite.clips.count() == 0


def spoilt(body, name, method=zipfile.ZIP_DEFLATED):
    """A zip of three films whose second one has bytes that no unpacker can read."""
    out = bytearray(packed([("1.mp4", body), (name, body), ("3.mp4", body)], method=method))
    with zipfile.ZipFile(io.BytesIO(bytes(out))) as archive:
        entry = archive.getinfo(name)
    begin = entry.header_offset + 30 + len(name)
    out[begin + 9 : begin + 60] = b"\xff" * 51
    return bytes(out)


@pytest.mark.parametrize(
    "method",
    [
        zipfile.ZIP_DEFLATED,
        *(
            pytest.param(rarer, marks=pytest.mark.long)
            for rarer in (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
        ),
    ],
)
def test_a_damaged_film_is_told_and_those_around_it_arrive(zips, kite, bo, as_attendee, tmp_path, method):
    phone = as_attendee(bo)

    upload = deliver(phone, spoilt(film(tmp_path, "a.mp4", more=H264).read_bytes(), "2.mp4", method))

    assert [(row["name"], row.get("slot"), row.get("code")) for row in upload.unpacked] == [
        ("1.mp4", 1, None),
        ("2.mp4", None, "damaged"),
        ("3.mp4", 3, None),
    ]
    assert [clip.slot for clip in kite.clips.all()] == [1, 3]
    assert "2.mp4 is damaged in this zip. Pack it again" in phone.get(FILM).content.decode()


def test_a_film_with_a_password_is_told_as_that(zips, kite, bo, as_attendee):
    body = bytearray(packed([("1.mp4", b"x" * 99)]))
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        body[body.rindex(mark) + at] |= 1  # the bit that says: encrypted
    phone = as_attendee(bo)

    deliver(phone, bytes(body))

    assert "1.mp4 has a password, or is packed in a way that we cannot open" in phone.get(FILM).content.decode()


@pytest.mark.parametrize(
    "name",
    [pytest.param("", id="none", marks=pytest.mark.long), pytest.param(".", id="dot", marks=pytest.mark.long)]
    + [pytest.param("9" * 5000 + ".mp4", id="endless")],
)
def test_an_entry_with_a_name_that_is_none_keeps_the_others_from_nothing(zips, kite, bo, as_attendee, tmp_path, name):
    one = film(tmp_path, "a.mp4", more=H264).read_bytes()
    body = io.BytesIO(packed([("1.mp4", one)]))
    entry = zipfile.ZipInfo("x")
    entry.filename = name
    with zipfile.ZipFile(body, "a") as archive, archive.open(entry, "w") as out:
        out.write(one)

    upload = deliver(as_attendee(bo), body.getvalue())

    assert kite.clips.current().get(slot=1).filename == "1.mp4"
    assert not upload.archive


def test_an_attempt_that_was_cut_off_is_gone_on_with_and_repeats_nothing(
    zips, kite, bo, as_attendee, tmp_path, settings, monkeypatch, make_clip
):
    """The disk has room for the first film alone; meanwhile a teammate sends a newer take of it."""
    small = film(tmp_path, "a.mp4", more=H264).read_bytes()
    arrive(as_attendee(bo), packed([("b.mp4", b"\xff" * 6_000_000), ("a.mp4", small)]))
    settings.DISK_RESERVE_MB = 1
    usage, disk = shutil.disk_usage, shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: disk._replace(free=5 * 2**20))
    work()
    assert [(clip.slot, clip.filename) for clip in kite.clips.all()] == [(1, "a.mp4")]
    Clip.objects.update(withdrawn_at=timezone.now())
    newer = make_clip(1, title="Newer")

    monkeypatch.setattr(shutil, "disk_usage", usage)
    Job.objects.update(not_before=None)
    work()

    assert kite.clips.current().get(slot=1) == newer
    assert [(clip.slot, clip.filename) for clip in kite.clips.exclude(pk=newer.pk)] == [(1, "a.mp4"), (2, "b.mp4")]
    assert Upload.objects.get(slot=0).unpacked == [{"name": "a.mp4", "slot": 1}, {"name": "b.mp4", "slot": 2}]


@pytest.mark.long
def test_a_zip_that_was_unpacked_in_part_is_gone_on_with_when_its_job_was_lost(zips, kite, bo, as_attendee, tmp_path):
    one = film(tmp_path, "a.mp4", more=H264).read_bytes()
    phone = as_attendee(bo)
    arrive(phone, packed([("1.mp4", one), ("2.mp4", one)]))
    Upload.objects.update(unpacked=[{"name": "1.mp4", "slot": 1, "entry": 0}])
    Job.objects.all().delete()
    assert "The zip has arrived and is being unpacked" in phone.get(FILM).content.decode()

    upkeep.heal(timezone.now() + timedelta(minutes=3))
    work()

    assert [clip.slot for clip in kite.clips.all()] == [2]


@pytest.mark.parametrize("slot", [0, 1])
def test_without_the_organisers_leave_a_zip_is_no_film_wherever_it_was_dropped(kite, bo, as_attendee, slot):
    answer = begin(as_attendee(bo), size=10, slot=slot, name="team.ZIP")

    assert (answer.status_code, answer.json()["message"]) == (
        415,
        "This theme takes no zip; send the shots one by one.",
    )


def test_a_zip_that_is_too_large_is_not_to_be_trimmed(zips, kite, bo, as_attendee):
    answer = begin(as_attendee(bo), size=601_000_000, slot=0, name="team.zip")

    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "The zip has 601 MB, the limit is 600. Send the shots one by one.",
    )


def test_films_of_kinds_that_we_do_not_take_are_named(zips, kite, bo, as_attendee):
    phone = as_attendee(bo)

    deliver(phone, packed([("3.avi", b"x"), ("a/Clip.WMV", b"x"), ("notes.txt", b"x"), (".hidden.avi", b"x")]))

    page = phone.get(FILM).content.decode()
    for name in ("3.avi", "Clip.WMV"):
        assert f"{name} is no video that we can take: MP4, MOV, WebM, MKV or GIF" in page
    assert page.count("is no video that we can take") == 2
    assert "There is no video in this zip" not in page


def test_films_beyond_the_files_that_are_looked_at_are_counted(zips, kite, bo, as_attendee):
    names = [f"{n}.txt" for n in range(archives.MOST_ENTRIES)] + ["1.mp4", "2.avi", "x.txt", "__MACOSX/._1.mp4"]
    phone = as_attendee(bo)

    deliver(phone, packed([(name, b"x") for name in names]))

    assert kite.clips.count() == 0
    assert (
        "Not taken out, as this zip holds more than 200 files: 2 videos at its end. Send them one by one"
        in phone.get(FILM).content.decode()
    )


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"team_megabytes_most": 100}, "1.mp4: your team has sent 100 MB already; the limit is 100"),
        (
            {"gigabytes_most": 0},
            "1.mp4: all teams together have sent 0.1 GB; the limit is 0. The crew can raise it",
        ),
    ],
)
def test_whose_share_of_the_disk_is_used_up_is_said_in_numbers(zips, kite, bo, as_attendee, make_clip, limits, words):
    phone = as_attendee(bo)
    arrive(phone, packed([("1.mp4", b"x" * 9)]))
    make_clip(2, size=100_000_000)
    Challenge.objects.update(**limits)

    work()

    assert words in phone.get(FILM).content.decode()
    assert "share of the disk" not in phone.get(FILM).content.decode()


def test_the_teams_share_of_the_disk_is_said_in_numbers(kite, challenge, bo, as_attendee, make_clip):
    challenge.team_megabytes_most = 100
    challenge.save()
    make_clip(2, size=90_000_000)

    answer = begin(as_attendee(bo), size=20_000_000)

    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "Your team has sent 90 MB already; the limit is 100.",
    )
    assert begin(as_attendee(bo), size=95_000_000, slot=2).status_code == 201  # what is replaced does not count


def test_the_events_share_counts_what_is_on_its_way(kite, challenge, bo, chen, as_attendee):
    challenge.gigabytes_most = 1
    challenge.megabytes_most = 900
    challenge.save()
    assert begin(as_attendee(bo), size=600_000_000).status_code == 201

    answer = begin(as_attendee(chen), size=600_000_000, slot=2)

    assert answer.status_code == 413
    assert answer.json()["message"].startswith("All teams together have sent 0.6 GB; the limit is 1.")


def test_a_second_theme_takes_its_own_shots(kite, beijing, bo, as_attendee):
    from cocreation import teams
    from cocreation.models import Challenge

    second = Challenge.objects.create(event=beijing, title="末班车", order=2, shots=1)
    team = teams.make(second, bo, "夜行")
    phone = as_attendee(bo)
    answer = phone.post(
        f"{START}?challenge={second.pk}",
        headers={"Upload-Length": "10", "Upload-Metadata": f"slot {b64(1)},filename {b64('a.mp4')}"},
    )

    assert answer.status_code == 201
    assert Upload.objects.get().team == team
    assert uploads.Upload.objects.get().slot == 1
