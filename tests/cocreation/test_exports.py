"""Handover: every cutting program is told the same film, and an edit comes back."""

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import opentimelineio as otio
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cocreation import handed, handing
from cocreation import timeline_export as export
from cocreation.models import Clip, Montage, Team
from cocreation.planner import Beats, Card, Credits, Music, Shot, Style, Wishes, plan
from tests.cocreation.test_clips import work_off
from tests.cocreation.test_montages import film, ready, small  # noqa: F401  (fixtures)
from tests.events.test_import import EVIL

STYLES = {"cut": Style("express", "cut", 0, 2), "dissolve": Style("window", "dissolve", 16, 3)}


def reel(kind="dissolve"):
    shots = [Shot(str(n), "ab"[n % 2], 120 + n, sound=n == 1, caption="字幕" if n == 2 else "") for n in range(1, 6)]
    beats = Beats(tuple(range(0, 4000, 15)))
    timeline = plan(
        shots,
        Wishes(),
        STYLES[kind],
        Card("地球"),
        Credits((("制作", (("KITE", "陈一"),)),)),
        music=Music("m", "Piece", 600),
        beats=beats,
    )
    media = {
        str(n): export.Media(f"media/00{n}-KITE-{n}.mp4", 120 + n, f"KITE {n} 鲸鱼 & <whale>") for n in range(1, 6)
    }
    return export.Reel(
        "《地球》 v1",
        timeline,
        media,
        export.Media("media/000-title.mp4", 120, "Title"),
        export.Media("media/999-end-roll.mp4", 300, "End roll"),
        export.Media("music/music.wav", 600, "Piece"),
    )


def planned(one):
    """What each program must tell: `(name, source in, frames)`."""
    return [(one.media(item).name, item.source, item.frames) for item in one.timeline.items]


def told(timeline):
    """What a timeline of OTIO tells of its first track of picture."""
    rows = []
    for clip in timeline.video_tracks()[0].find_clips():
        span = clip.trimmed_range()
        rows.append((clip.name, round(span.start_time.value), round(span.duration.value)))
    return rows


def marked(timeline):
    """The frames at which a timeline of OTIO has markers."""
    return [mark.marked_range.start_time.value for mark in timeline.tracks.markers]


def test_otio_round_trip_keeps_every_frame_dissolve_and_beat():
    one = reel()

    back = otio.adapters.read_from_string(export.otio(one), "otio_json")

    assert told(back) == planned(one)
    track = back.video_tracks()[0]
    joins = [child for child in track if isinstance(child, otio.schema.Transition)]
    assert [(join.in_offset.value, join.out_offset.value) for join in joins] == [(8, 8)] * 4
    assert track.duration().value == one.timeline.frames
    assert marked(back) == list(one.timeline.beats)
    assert all(audio.duration().value == one.timeline.frames for audio in back.audio_tracks())


def test_final_cut_seven_xml_comes_back_the_same_through_otio():
    one = reel()

    back = otio.adapters.read_from_string(export.fcp7(one), "fcp_xml")

    assert told(back) == planned(one)
    assert marked(back) == list(one.timeline.beats)
    joins = [child for child in back.video_tracks()[0] if isinstance(child, otio.schema.Transition)]
    assert len(joins) == 4 and all(join.in_offset.value == join.out_offset.value == 8 for join in joins)


def test_the_edl_comes_back_the_same_through_otio():
    one = reel("cut")

    back = otio.adapters.read_from_string(export.edl(one), "cmx_3600", rate=30)

    assert told(back) == planned(one)


@pytest.mark.parametrize("kind", ["cut", "dissolve"])
def test_fcpxml_comes_back_in_the_same_order_lengths_and_trims_through_otio(kind):
    """Its adapter reads no dissolves and no paths, and takes some times (123/30 s) for a frame less: none of those is here."""
    one = reel(kind)

    [back] = otio.adapters.read_from_string(export.fcpxml(one), "fcpx_xml")

    assert (back.name, told(back)) == (one.name, planned(one))
    [picture], [music] = back.video_tracks(), back.audio_tracks()
    assert [child for track in (picture, music) for child in track if isinstance(child, otio.schema.Gap)] == []
    assert picture.duration().value == music.duration().value == one.timeline.frames
    beats = [
        round(picture.range_of_child(clip).start_time.value - clip.source_range.start_time.value)
        + round(mark.marked_range.start_time.value)
        for clip in picture
        for mark in clip.markers
    ]
    assert beats == list(one.timeline.beats)
    assert [(clip.name, clip.trimmed_range().duration.value) for clip in music] == [
        (one.music.name, frames) for _start, frames in one.music_runs()
    ]


# What Final Cut asks of each element that we write: its attributes, in capitals those that it cannot do without, and its
# children in their order. A file that breaks one of these is refused as a whole.
ASKED = {
    "fcpxml": ("VERSION", "resources library"),
    "resources": ("", "format|effect|asset"),
    "format": ("ID name frameDuration width height", ""),
    "effect": ("ID name UID", ""),
    "asset": ("ID name start duration hasVideo format hasAudio audioSources audioChannels audioRate", "media-rep"),
    "media-rep": ("kind SRC", ""),
    "library": ("", "event"),
    "event": ("name", "project"),
    "project": ("name", "sequence"),
    "sequence": ("FORMAT duration tcStart tcFormat audioLayout audioRate", "spine"),
    "spine": ("", "asset-clip|transition"),
    "asset-clip": ("REF lane offset name start duration srcEnable tcFormat audioRole", "asset-clip marker"),
    "marker": ("START duration VALUE", ""),
    "transition": ("name offset DURATION", "filter-video"),
    "filter-video": ("REF name", ""),
}


@pytest.mark.parametrize("height", [360, 720, 1080, 2160])
@pytest.mark.parametrize("kind", ["cut", "dissolve"])
def test_fcpxml_holds_to_the_rules_without_which_final_cut_refuses_all_of_it(kind, height):
    one = dataclasses.replace(reel(kind), width=height * 16 // 9, height=height)

    root = ET.fromstring(export.fcpxml(one).split("<!DOCTYPE fcpxml>")[1])

    for element in root.iter():
        attributes, children = ASKED[element.tag]
        needed = {name.lower() for name in attributes.split() if name.isupper()}
        known = {name.lower() if name.isupper() else name for name in attributes.split()}
        assert needed <= set(element.keys()) <= known, element.tag
        places = [next(n for n, names in enumerate(children.split()) if c.tag in names.split("|")) for c in element]
        assert places == sorted(places), element.tag
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {e.get(name) for e in root.iter() for name in ("ref", "format") if e.get(name)} == set(ids) - (
        {"r2"} if kind == "cut" else set()
    )
    times = [e.get(name) for e in root.iter() for name in ("offset", "start", "duration", "tcStart") if e.get(name)]
    assert all(re.fullmatch(r"0s|[1-9]\d*/30s", time) for time in times)
    made = root.find(".//format")
    assert (made.get("frameDuration"), made.get("width"), made.get("height")) == (
        "1/30s",
        str(one.width),
        str(one.height),
    )
    assert made.get("name") == {720: "FFVideoFormat720p30", 1080: "FFVideoFormat1080p30"}.get(height)


def test_no_clip_of_the_fcpxml_reaches_beyond_its_file_not_even_under_a_dissolve():
    root = ET.fromstring(export.fcpxml(reel()).split("<!DOCTYPE fcpxml>")[1])
    length = {asset.get("id"): frames_of(asset.get("duration")) for asset in root.iter("asset")}
    spine = list(root.find(".//spine"))

    for before, item, after in zip([None, *spine], spine, [*spine[1:], None], strict=False):
        if item.tag != "asset-clip":
            continue
        start, frames = frames_of(item.get("start")), frames_of(item.get("duration"))
        lead, tail = (
            frames_of(join.get("duration")) // 2 if join is not None and join.tag == "transition" else 0
            for join in (before, after)
        )
        assert start - lead >= 0 and start + frames + tail <= length[item.get("ref")], item.get("name")


def frames_of(text):
    """Frames of a time of FCPXML."""
    return 0 if text == "0s" else int(text.removesuffix("/30s"))


def test_fcpxml_lays_everything_end_to_end_in_whole_frames():
    one = reel()

    root = ET.fromstring(export.fcpxml(one).split("<!DOCTYPE fcpxml>")[1])

    frames = frames_of
    assert root.get("version") == "1.10"
    spine = root.find(".//spine")
    clips = [child for child in spine if child.tag == "asset-clip"]
    assert [(c.get("name"), frames(c.get("start")), frames(c.get("duration"))) for c in clips] == planned(one)
    at = 0
    for clip in clips:
        assert frames(clip.get("offset")) == at
        at += frames(clip.get("duration"))
    blends = [(frames(t.get("offset")), frames(t.get("duration"))) for t in spine.findall("transition")]
    assert blends == [(item.start - 8, 16) for item in one.timeline.items if item.into.kind == "dissolve"]
    ids = {resource.get("id") for resource in root.find("resources")}
    assert {clip.get("ref") for clip in root.iter("asset-clip")} <= ids
    music = [clip for clip in root.iter("asset-clip") if clip.get("lane") == "-1"]
    assert sum(frames(clip.get("duration")) for clip in music) == one.timeline.frames
    assert len(list(root.iter("marker"))) == len(one.timeline.beats)


@pytest.mark.django_db
def test_an_edited_timeline_comes_back_as_order_and_trims():
    one = reel()
    edited = otio.adapters.read_from_string(export.otio(one), "otio_json")
    track = edited.video_tracks()[0]
    shots = {clip.metadata["nextstop"]["shot"]: clip for clip in track.find_clips()}
    kept = [shots["4"].clone(), shots["1"].clone(), shots["3"].clone()]
    kept[0].source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(8, 24), otio.opentime.RationalTime(24, 24)
    )
    del kept[1].metadata["nextstop"]  # a program that drops what it does not know
    stranger = otio.schema.Clip("b-roll", source_range=kept[1].source_range)
    track[:] = [*kept, stranger]

    found = export.read(
        otio.adapters.write_to_string(edited, "otio_json").encode(), {"001-KITE-1.mp4": "1", "x": "3", "y": "4"}
    )

    assert [row["clip"] for row in found.sequence] == [4, 1, 3]
    assert (found.sequence[0]["start"], found.sequence[0]["length"]) == (10, 30)
    assert found.unknown == ["b-roll"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04garbage",
        b"{",
        b"[" * 100_000,
        json.dumps({"a": [[[[[[0]]]]]]}).encode() + b" " * 9_000_000,
        b'{"OTIO_SCHEMA": "Timeline.1", "tracks": 3}',
        ("[" * 80 + "]" * 80).encode(),
        b'{"OTIO_SCHEMA": "Clip.1"}',
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_timeline_is_refused(content):
    with pytest.raises(export.NotOurs):
        export.read(content, {"a": "1"})


def test_plans_of_a_rendered_film_name_its_shots(film, ed, client_of):  # noqa: F811
    one = client_of(ed)
    for kind in ("otio", "xml", "fcpxml", "edl"):
        answer = one.get(f"/organise/beijing/film/renders/{film.pk}/handover/{kind}/")
        assert answer.status_code == 200
        assert "KITE" in answer.content.decode() or film.montage.challenge.teams.get().code in answer.content.decode()
    assert one.get(f"/organise/beijing/film/renders/{film.pk}/handover/zip/").status_code == 404, "not packed yet"


@pytest.mark.parametrize("evil", EVIL)
def test_no_cell_of_the_cut_list_is_a_formula(evil):
    clips = {
        n: Clip(team=Team(code="KITE", name=evil), slot=n, title=f" {evil}", original="a.mp4") for n in range(1, 6)
    }

    rows = list(csv.DictReader(io.StringIO(handing.cutlist(reel(), clips))))

    calm = "" if evil.startswith("{{") else "'"
    assert {(row["name"], row["title"]) for row in rows if row["kind"] == "shot"} == {(calm + evil, f"{calm} {evil}")}


def test_the_archive_holds_everything_and_its_sums_are_right(film, ed, client_of, tmp_path):  # noqa: F811
    client_of(ed).post(f"/organise/beijing/film/renders/{film.pk}/pack/")
    work_off()

    answer = client_of(ed).get(f"/organise/beijing/film/renders/{film.pk}/handover/zip/")
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    names = packed.namelist()
    assert sum(name.startswith("originals/") for name in names) == 2
    assert {"film.mp4", "film.otio", "film.xml", "film.fcpxml", "film.edl", "beats.csv", "cards/ai-label.png"} <= set(
        names
    )
    assert not any(name.startswith("/") or ".." in name for name in names)
    readme = packed.read("README.txt").decode()
    for said in (
        "film.edl has cuts only",
        "film.edl 只有硬切",
        "A dip through a plain colour is a plain cut",
        "纯色过渡",
    ):
        assert said in readme
    for row in packed.read("SHA256SUMS").decode().splitlines():
        digest, name = row.split("  ", 1)
        assert hashlib.sha256(packed.read(name)).hexdigest() == digest
    rows = list(csv.DictReader(io.StringIO(packed.read("cutlist.csv").decode("utf-8-sig"))))
    assert [row["kind"] for row in rows] == ["title", "shot", "shot", "roll"]
    assert all(row["mezzanine"] in names for row in rows)
    assert {f"cards/{row['mezzanine'][6:-4]}.png" for row in rows if row["kind"] == "shot"} <= set(names)

    otioz = tmp_path / "film.otioz"
    otioz.write_bytes(
        b"".join(client_of(ed).get(f"/organise/beijing/film/renders/{film.pk}/handover/otioz/").streaming_content)
    )
    opened = otio.adapters.read_from_file(str(otioz))
    assert [clip.trimmed_range().duration.value for clip in opened.video_tracks()[0].find_clips()] == [
        int(row["frames"]) for row in rows
    ]


def test_a_shot_that_cannot_be_packed_is_named_at_once_and_can_be_left_out(film, ed, client_of):  # noqa: F811
    clip = Clip.objects.get(slot=1)
    with open(clip.original.path, "wb") as file:
        file.write(b"damaged on the disk")
    one = client_of(ed)

    one.post(f"/organise/beijing/film/renders/{film.pk}/pack/")
    work_off()

    job = handing.job_of(film)
    assert (job.state, job.attempt) == ("failed", 1)
    page = one.get("/organise/beijing/film/").content.decode()
    assert f"{clip} stopped the packing: " in page
    assert f"renders/{film.pk}/without/" in page


def test_a_shot_that_can_be_packed_at_the_next_try_is_no_reason_any_more(film, ed, client_of):  # noqa: F811
    clip = Clip.objects.get(slot=1)
    kept = Path(clip.original.path).read_bytes()
    Path(clip.original.path).unlink()
    one = client_of(ed)
    one.post(f"/organise/beijing/film/renders/{film.pk}/pack/")
    work_off()
    assert f"{clip} stopped the packing: " in one.get("/organise/beijing/film/").content.decode()
    Path(clip.original.path).write_bytes(kept)

    one.post(f"/organise/beijing/film/renders/{film.pk}/pack/")
    work_off()

    assert f"renders/{film.pk}/without/" not in one.get("/organise/beijing/film/").content.decode()


# --- consent ----------------------------------------------------------------------------------------------------------
def takes_back(clip, how, bo, as_attendee, now):
    if how == "admin":
        Clip.objects.filter(pk=clip.pk).update(may_publish=False)
    elif how == "erased":
        Clip.objects.filter(pk=clip.pk).delete()
    else:
        address = f"/attend/beijing/film/shots/{clip.pk}/"
        as_attendee(bo).post(f"{address}withdraw/" if how == "withdrawn" else address, {"title": clip.title})


def handed_over(client, film, kind="zip"):  # noqa: F811
    answer = client.get(f"/organise/beijing/film/renders/{film.pk}/handover/{kind}/", follow=True)
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) if answer.streaming else answer


@pytest.fixture
def packed(film, ed, client_of):  # noqa: F811
    """A film whose archives are packed."""
    client_of(ed).post(f"/organise/beijing/film/renders/{film.pk}/pack/")
    work_off()
    film.refresh_from_db()
    return film


@pytest.mark.long
@pytest.mark.parametrize("how", ["withdrawn", "consent", "admin", "erased"])
def test_a_shot_that_was_taken_back_is_handed_on_by_nobody(
    how, packed, ed, bo, client_of, as_attendee, now, django_capture_on_commit_callbacks
):
    one, clip = client_of(ed), Clip.objects.get(slot=1)
    files = [field.path for field in (packed.bundle, packed.otioz)]

    with django_capture_on_commit_callbacks(execute=True):
        takes_back(clip, how, bo, as_attendee, now)

    for kind in ("zip", "otioz"):
        answer = handed_over(one, packed, kind)
        assert not getattr(answer, "streaming", False) and "PK" not in str(answer.content[:2])
    assert f"renders/{packed.pk}/pack/" in one.get("/organise/beijing/film/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        handed.take_back_all()
    assert [os.path.exists(path) for path in files] == [False, False]


@pytest.mark.long
def test_what_is_packed_after_a_shot_was_taken_back_leaves_it_out(packed, ed, bo, client_of, as_attendee, now):
    one, clip = client_of(ed), Clip.objects.get(slot=1)
    Clip.objects.filter(pk=clip.pk).update(title="secret")
    takes_back(clip, "withdrawn", bo, as_attendee, now)

    one.post(f"/organise/beijing/film/renders/{packed.pk}/pack/")
    work_off()

    archive, word = handed_over(one, packed), f"001-{clip.team.code}-1"
    assert not [name for name in archive.namelist() if word in name]
    assert sum(name.startswith("originals/") for name in archive.namelist()) == 1
    assert "film.mp4" not in archive.namelist()
    assert "A shot was taken back by its team" in archive.read("README.txt").decode()
    assert not [name for name in archive.namelist() if b"secret" in archive.read(name)]
    inside = handed_over(one, packed, "otioz")
    assert [name for name in inside.namelist() if name.startswith("media/0")] == [
        "media/000-title.mp4",
        f"media/002-{clip.team.code}-2.mp4",
    ]


@pytest.mark.long
def test_a_shot_that_is_taken_back_while_its_film_is_packed_is_not_in_it(film, ed, client_of, monkeypatch):  # noqa: F811
    from events.models import Job

    def zipped(root, out):
        Clip.objects.filter(slot=1).update(may_publish=False)
        out.write_bytes(b"PK")

    monkeypatch.setattr(handing, "pack_zip", zipped)
    client_of(ed).post(f"/organise/beijing/film/renders/{film.pk}/pack/")
    work_off()

    film.refresh_from_db()
    job = Job.objects.get(kind="pack_handover")
    assert (job.state, job.not_before is not None, bool(film.bundle)) == (Job.State.WAITING, True, False)


@pytest.mark.long
def test_an_archive_from_before_it_was_kept_what_is_in_it_is_current_while_nobody_took_anything_back(packed):
    for row in packed.scenes:
        del row["packed"]

    assert handed.is_current(packed)
    Clip.objects.filter(slot=1).update(may_publish=False)
    assert not handed.is_current(packed)


def test_the_desk_takes_an_edit_back(film, ed, client_of, challenge):  # noqa: F811
    one = client_of(ed)
    text = one.get(f"/organise/beijing/film/renders/{film.pk}/handover/otio/").content
    edited = otio.adapters.read_from_string(text.decode(), "otio_json")
    track = edited.video_tracks()[0]
    track[:] = [track[2].clone(), track[1].clone()]
    track[0].source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(5, 30), otio.opentime.RationalTime(40, 30)
    )
    upload = SimpleUploadedFile("edit.otio", otio.adapters.write_to_string(edited, "otio_json").encode())

    one.post(f"/organise/beijing/film/versions/{film.montage.pk}/return/", {"file": upload})

    newest = Montage.objects.first()
    first, second = [row["clip"] for row in film.scenes]
    assert [row["clip"] for row in newest.sequence] == [second, first]
    assert (newest.sequence[0]["start"], newest.sequence[0]["length"]) == (5, 40)
    assert newest.pk != film.montage.pk


def test_a_shot_that_an_edit_splits_is_said_to_stand_in_it_twice(film, ed, client_of):  # noqa: F811
    one = client_of(ed)
    text = one.get(f"/organise/beijing/film/renders/{film.pk}/handover/otio/").content
    edited = otio.adapters.read_from_string(text.decode(), "otio_json")
    track = edited.video_tracks()[0]
    track[:] = [track[1].clone(), track[2].clone(), track[1].clone()]
    upload = SimpleUploadedFile("edit.otio", otio.adapters.write_to_string(edited, "otio_json").encode())

    answer = one.post(f"/organise/beijing/film/versions/{film.montage.pk}/return/", {"file": upload}, follow=True)

    said = answer.content.decode()
    assert "In the edit more than once" in said and "not shots of this film" not in said
    assert [row["clip"] for row in Montage.objects.first().sequence] == [row["clip"] for row in film.scenes]


def test_packing_that_failed_says_why_and_can_be_asked_for_again(film, ed, client_of):  # noqa: F811
    from events.models import Job

    address = f"/organise/beijing/film/renders/{film.pk}/pack/"
    client_of(ed).post(address)
    Job.objects.filter(kind="pack_handover").update(state="failed", error="The worker was lost each time.")

    page = client_of(ed).get("/organise/beijing/film/").content.decode()
    assert "The worker was lost each time." in page and address in page
    client_of(ed).post(address)
    work_off()

    film.refresh_from_db()
    assert film.bundle


def test_packing_waits_while_the_disk_is_full(film, ed, client_of, settings):  # noqa: F811
    from events.models import Job

    client_of(ed).post(f"/organise/beijing/film/renders/{film.pk}/pack/")
    settings.DISK_RESERVE_MB = 2**40
    work_off()

    job = Job.objects.get(kind="pack_handover")
    assert (job.state, job.not_before is not None) == (Job.State.WAITING, True)


def edited():
    """What we handed over, as a cutting program opens it, and its shots by number."""
    found = otio.adapters.read_from_string(export.otio(reel("cut")), "otio_json")
    shots = {clip.metadata["nextstop"]["shot"]: clip for clip in found.video_tracks()[0].find_clips()}
    return found, shots


def back(timeline):
    return export.read(otio.adapters.write_to_string(timeline, "otio_json").encode(), {"x": "1", "y": "2", "z": "3"})


def timed(start, frames, rate=30):
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(frames, rate))


def offline(clip):
    clip.media_reference, clip.source_range = otio.schema.MissingReference(), None


def no_rate(clip):
    clip.source_range = timed(5, 5, rate=0)


def endless(clip):
    clip.source_range = timed(float("inf"), 5)


@pytest.mark.parametrize("spoil", [offline, no_rate, endless])
def test_an_edit_whose_times_cannot_be_read_is_refused_in_words(film, ed, client_of, spoil):  # noqa: F811
    one = client_of(ed)
    text = one.get(f"/organise/beijing/film/renders/{film.pk}/handover/otio/").content.decode()
    found = otio.adapters.read_from_string(text, "otio_json")
    spoil(found.video_tracks()[0].find_clips()[1])
    upload = SimpleUploadedFile("edit.otio", otio.adapters.write_to_string(found, "otio_json").encode())

    answer = one.post(f"/organise/beijing/film/versions/{film.montage.pk}/return/", {"file": upload}, follow=True)

    assert "holds no shots of this film that we can read" in answer.content.decode()
    assert Montage.objects.count() == 1


@pytest.mark.parametrize("words", ["x", 3, ["shot"], None])
def test_words_of_a_stranger_where_ours_were_are_no_words(words):
    found, shots = edited()
    shots["1"].metadata["nextstop"] = words
    shots["1"].media_reference.target_url = "media/x"
    found.metadata["nextstop"] = words

    assert back(found).sequence[0]["clip"] == 1
    assert export.version_of(otio.adapters.write_to_string(found, "otio_json").encode()) is None


def test_shots_of_an_upper_track_come_back_between_those_below_by_time():
    found, shots = edited()
    low, high = found.video_tracks()[0], otio.schema.Track("V2", kind="Video")
    first, second, third = (shots[number].clone() for number in "123")
    low[:] = [first, third]
    high[:] = [otio.schema.Gap(source_range=timed(0, 60)), second]
    first.source_range, third.source_range = timed(0, 90), timed(0, 90)
    found.tracks.insert(1, high)

    assert [row["clip"] for row in back(found).sequence] == [1, 2, 3]


def test_an_empty_first_track_hides_no_shot():
    found, _shots = edited()
    found.tracks.insert(0, otio.schema.Track("V0", kind="Video"))

    assert [
        row["clip"]
        for row in export.read(otio.adapters.write_to_string(found, "otio_json").encode(), {"a": "4"}).sequence
    ] == [4]


def test_what_an_edit_disables_stays_out():
    found, shots = edited()
    high = otio.schema.Track("V2", kind="Video")
    high.append(shots["3"].clone())
    found.video_tracks()[0][:] = [shots["1"].clone(), shots["2"].clone()]
    found.tracks.insert(1, high)
    found.video_tracks()[0][1].enabled = high.enabled = False

    assert [row["clip"] for row in back(found).sequence] == [1]


@pytest.mark.parametrize("number", ["its own", "another theme's", "none", 10**30])
def test_an_edit_follows_the_version_that_was_handed_over(film, ed, client_of, challenge, beijing, number):  # noqa: F811
    from cocreation import editing
    from cocreation.models import Challenge

    newest = editing.new_version(challenge, style="ticket")
    elsewhere = editing.new_version(Challenge.objects.create(event=beijing, title="另一个"), style="ticket")
    Montage.objects.filter(pk=film.montage_id).update(style="window")
    one = client_of(ed)
    found = one.get(f"/organise/beijing/film/renders/{film.pk}/handover/otio/").json()
    if number == "none":
        del found["metadata"]["nextstop"]
    elif number != "its own":
        found["metadata"]["nextstop"]["version"] = elsewhere.pk if number == "another theme's" else number
    upload = SimpleUploadedFile("edit.otio", json.dumps(found).encode())

    one.post(f"/organise/beijing/film/versions/{newest.pk}/return/", {"file": upload})

    made = challenge.montages.first()
    assert made.number == 3
    assert made.style == ("window" if number == "its own" else "ticket")
