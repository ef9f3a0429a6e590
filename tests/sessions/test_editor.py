"""The draft on its grid: moved, refused in words, never announced by itself; clashes warn and do not block."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.models import Event
from sessions import programme
from sessions.models import Appearance, Speaker, Talk


@pytest.fixture
def talk(beijing):
    start = beijing.local(beijing.doors_at).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Talk.objects.create(event=beijing, title="数字人", starts_at=start, minutes=25, room="主厅", room_en="Main")


def put(client, talk, start, end, **fields):
    form = {"start": start, "end": end, "room": "主厅", "track": "", **fields}
    return client.post(f"/organise/beijing/programme/edit/{talk.pk}/", form, headers={"x-fragment": "1"})


def test_an_entry_is_moved_into_another_room_and_made_longer(beijing, talk, mei, client_of):
    start = talk.starts_at + timedelta(minutes=10)
    clock = f"{beijing.local(start):%H:%M}"
    answer = put(client_of(mei), talk, clock, f"{beijing.local(start + timedelta(minutes=40)):%H:%M}", room="二楼")

    assert answer.status_code == 200
    moved = Talk.objects.get(pk=talk.pk)
    assert (moved.starts_at, moved.minutes, moved.room, moved.room_en) == (start, 40, "二楼", "")
    assert not beijing.programme_versions.exists()


def test_the_grid_writes_both_titles_and_a_drag_leaves_them(beijing, talk, mei, client_of):
    put(client_of(mei), talk, "14:00", "14:30", title="新题目", title_en="A new title")
    put(client_of(mei), talk, "15:00", "15:30", title="")

    talk.refresh_from_db()
    assert (talk.title, talk.title_en) == ("新题目", "A new title")


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("14:30", "14:00", "It ends before it starts."),
        ("14:30", "14:30", "It ends before it starts."),
        ("x", "14:30", "Write times like 14:05."),
        ("1４:00", "14:30", "Write times like 14:05."),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_moves(beijing, talk, mei, client_of, start, end, why):
    answer = put(client_of(mei), talk, start, end)

    assert (answer.status_code, answer.json()["error"]) == (422, why)
    assert Talk.objects.get(pk=talk.pk).starts_at == talk.starts_at


def test_a_time_that_the_clocks_leave_out_is_refused(beijing, talk, mei, client_of):
    Event.objects.filter(pk=beijing.pk).update(
        timezone="Europe/Berlin",
        doors_at=datetime(2026, 3, 28, 23, 0, tzinfo=UTC),
        starts_at=datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        ends_at=datetime(2026, 3, 29, 6, 0, tzinfo=UTC),
    )
    Talk.objects.filter(pk=talk.pk).update(starts_at=datetime(2026, 3, 28, 23, 30, tzinfo=UTC))

    assert "the clocks go forward" in put(client_of(mei), talk, "02:30", "02:50").json()["error"]
    assert put(client_of(mei), talk, "03:10", "03:30").status_code == 200
    assert Talk.objects.get(pk=talk.pk).starts_at == datetime(2026, 3, 29, 1, 10, tzinfo=UTC)


def in_berlin(event, talk, doors, start):
    """The event opens its doors there at that local time, and the entry begins at this one, aware."""
    doors, start = (datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")) for text in (doors, start))
    times = {"doors_at": doors, "starts_at": doors, "ends_at": doors + timedelta(days=2)}
    Event.objects.filter(pk=event.pk).update(timezone="Europe/Berlin", **times)
    Talk.objects.filter(pk=talk.pk).update(starts_at=start)
    return start


@pytest.mark.parametrize(
    ("doors", "start"),
    [
        ("2026-05-09T18:00", "2026-05-10T19:00"),  # the second evening
        ("2026-05-09T18:00", "2026-05-11T00:10"),  # its night
        ("2026-03-28T18:00", "2026-03-29T12:10"),  # a day of 23 hours: six hours before the doors are its beginning
        ("2026-10-24T18:00", "2026-10-25T11:50"),  # a day of 25 hours: still the night of the first
        ("2026-05-09T02:00", "2026-05-09T22:00"),  # doors in the night: the day begins with its date
    ],
)
def test_an_entry_whose_title_is_written_anew_stays_on_its_day(beijing, talk, mei, client_of, doors, start):
    at = in_berlin(beijing, talk, doors, start)

    put(client_of(mei), talk, f"{at:%H:%M}", f"{at + timedelta(minutes=9):%H:%M}", title="新题目")

    talk.refresh_from_db()
    assert (talk.title, talk.starts_at) == ("新题目", at)


@pytest.mark.parametrize(
    ("start", "end", "at"),
    [
        ("09:00", "09:30", "2026-05-10T07:00Z"),
        ("23:30", "00:30", "2026-05-10T21:30Z"),
        ("00:10", "00:30", "2026-05-10T22:10Z"),
    ],
)
def test_an_entry_is_moved_within_its_own_day_and_the_night_after_it(beijing, talk, mei, client_of, start, end, at):
    in_berlin(beijing, talk, "2026-05-09T10:00", "2026-05-10T19:00")

    put(client_of(mei), talk, start, end)

    assert Talk.objects.get(pk=talk.pk).starts_at == datetime.fromisoformat(at)


def test_a_time_that_only_the_day_before_leaves_out_is_taken(beijing, talk, mei, client_of):
    in_berlin(beijing, talk, "2026-03-29T20:00", "2026-03-29T22:00")

    put(client_of(mei), talk, "02:30", "03:00")

    assert Talk.objects.get(pk=talk.pk).starts_at == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("track", "track_en"), [("甲", "Alpha"), ("乙", "Beta"), ("丙", ""), ("", "")])
def test_the_other_language_names_the_track_that_the_entry_is_on_now(beijing, talk, mei, client_of, track, track_en):
    Talk.objects.filter(pk=talk.pk).update(track="甲", track_en="Alpha")
    Talk.objects.create(event=beijing, title="圆桌", starts_at=talk.starts_at, track="乙", track_en="Beta")

    put(client_of(mei), talk, "14:00", "14:30", track=track)

    talk.refresh_from_db()
    assert (talk.track, talk.track_en) == (track, track_en)


def test_only_organisers_edit(talk, leo, client_of):
    assert put(client_of(leo), talk, "14:00", "14:30").status_code == 404


def test_clashes_are_told_and_do_not_block(beijing, talk, mei, client_of):
    liao = Speaker.objects.create(event=beijing, name="廖虎")
    other = Talk.objects.create(
        event=beijing, kind="panel", title="圆桌", starts_at=talk.starts_at, minutes=25, room="主厅"
    )
    for row in (talk, other):
        Appearance.objects.create(talk=row, speaker=liao, role="panelist")

    page = client_of(mei).get("/organise/beijing/programme/edit/").content.decode()
    assert all(
        words in page for words in ("has no moderator", "are in 主厅 at the same time", "廖虎 is in two places at once")
    )
    assert client_of(mei).post("/organise/beijing/programme/publish/").status_code == 302
    assert beijing.programme_versions.count() == 1


def test_two_tracks_run_side_by_side_and_do_not_end_each_other(beijing, now):
    at = beijing.starts_at
    rows = [
        Talk.objects.create(event=beijing, title=name, track=track, room=track, starts_at=at + after, minutes=30)
        for name, track, after in (
            ("甲一", "甲", timedelta()),
            ("乙一", "乙", timedelta()),
            ("甲二", "甲", timedelta(minutes=30)),
            ("乙二", "乙", timedelta(minutes=30)),
        )
    ]
    programme.start(rows[0], at=at + timedelta(minutes=6))
    programme.start(rows[1], at=at)
    today = programme.day(beijing, at=at + timedelta(minutes=10))

    assert (today.now.talk, [line.talk for line in today.beside], today.late) == (rows[0], [rows[1]], 6)
    assert {line.talk.title: line.late for line in today.lines} == {"甲一": 6, "乙一": 0, "甲二": 6, "乙二": 0}
    assert programme.warnings(beijing) == []


def test_a_moderator_who_cannot_come_is_none_and_two_on_one_track_overlap(beijing, talk, mei, client_of):
    other = Talk.objects.create(event=beijing, kind="panel", title="圆桌", starts_at=talk.starts_at, minutes=25)
    jessy = Speaker.objects.create(event=beijing, name="Jessy")
    part = Appearance.objects.create(talk=other, speaker=jessy, role="moderator")
    page = "/organise/beijing/programme/edit/"

    here = client_of(mei).get(page).content.decode()
    assert "圆桌” overlap." in here and "has no moderator" not in here

    Appearance.objects.filter(pk=part.pk).update(declined_at=talk.starts_at)
    assert "has no moderator" in client_of(mei).get(page).content.decode()
