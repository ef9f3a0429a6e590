"""What calendars and other programmes read: checked by their own validators, empty until something is announced.

The c3voc's schemas (validator/xsd/schedule.xml.xsd and validator/json/schema.json in github.com/voc/schedule) are in no
package and their text stays there. The two beside this file say the same in our words, and more: every field is required,
nothing else may stand there. The feeds were held against the originals as well; who changes a feed does that again.
"""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import vobject
from django.utils import timezone
from icalendar import Calendar
from lxml import etree

from events import changes
from events.models import Event, OutgoingMail
from sessions import publishing, schedule_export
from sessions.models import Appearance, ProgrammeVersion, Speaker, Talk

HERE = Path(__file__).parent
PATHS = ["programme.ics", "schedule.json", "schedule.xml"]


@pytest.fixture
def programme(beijing, announce):
    """Two tracks, two rooms, two days, a panel, a Chinese title with a sign that XML and iCalendar must escape."""
    jessy = Speaker.objects.create(event=beijing, name="Jessy, M.", name_en="Jessy")
    two = beijing.starts_at.astimezone(beijing.zone).replace(hour=14, minute=0, second=0, microsecond=0)
    for index, (track, room, kind, hours) in enumerate(
        [("", "", "opening", 0), ("甲", "主厅", "talk", 1), ("乙", "二楼", "talk", 1), ("", "主厅", "panel", 26)]
    ):
        talk = Talk.objects.create(
            event=beijing,
            kind=kind,
            title=f"<数字人> & 我们；第{index}场",
            title_en=f"Talk {index}",
            abstract="一行\n\n二行; 三, 四",
            track=track,
            room=room,
            starts_at=two + timedelta(hours=hours),
            minutes=25,
        )
        if kind == "panel":
            Appearance.objects.create(talk=talk, speaker=jessy, role="moderator")
    announce()
    return list(beijing.talks.in_order())


@pytest.mark.parametrize("empty", [True, False])
def test_the_json_passes_the_schema(beijing, visitor, request, empty):
    if not empty:
        request.getfixturevalue("programme")
    schedule = visitor.get("/attend/beijing/schedule.json").json()

    rules = json.loads((HERE / "schedule.schema.json").read_text())
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    jsonschema.Draft7Validator(rules, format_checker=checker).validate(schedule)
    days = schedule["schedule"]["conference"]["days"]
    assert [len(day["rooms"]) for day in days] == ([0] if empty else [3, 1])


@pytest.mark.parametrize("empty", [True, False])
def test_the_xml_passes_the_schema(beijing, visitor, request, empty):
    if not empty:
        request.getfixturevalue("programme")
    document = etree.fromstring(visitor.get("/attend/beijing/schedule.xml").content)

    etree.XMLSchema(etree.parse(HERE / "schedule.xsd")).assertValid(document)
    assert [node.text for node in document.iter("slug")] == (
        [] if empty else [f"hiai-{talk.pk}" for talk in beijing.talks.in_order()]
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("slug", "数字人"),
        ("slug", "the-first-one"),
        ("date", "2030-01-06T13:00:00"),
        ("start", "1 pm"),
        ("duration", "25"),
        ("url", "/attend/beijing/"),
        ("abstract", None),
        ("track", None),
        ("room", None),
        ("@guid", "talk-1"),
        ("@id", "0"),
    ],
)
def test_what_the_c3voc_refuses_is_refused_here_too(programme, visitor, path, value):
    schema = etree.XMLSchema(etree.parse(HERE / "schedule.xsd"))
    document = etree.fromstring(visitor.get("/attend/beijing/schedule.xml").content)
    schema.assertValid(document)
    for event in list(document.iter("event"))[:2]:
        if path.startswith("@"):
            event.set(path[1:], value)
        elif value is None:
            event.remove(event.find(path))
        else:
            event.find(path).text = value

    assert not schema.validate(document)


def test_two_readers_of_calendars_agree(beijing, programme, visitor):
    text = visitor.get("/attend/beijing/programme.ics").content

    theirs = Calendar.from_ical(text).walk("VEVENT")
    others = list(vobject.readOne(text.decode()).vevent_list)
    assert [str(row["SUMMARY"]) for row in theirs] == [talk.title for talk in programme]
    assert [row.summary.value for row in others] == [talk.title for talk in programme]
    assert [row.dtstart.value.astimezone(UTC) for row in others] == [talk.starts_at for talk in programme]


def test_the_time_zone_stands_in_the_file_with_its_changes(beijing, programme, visitor):
    """vobject and icalendar read a file without VTIMEZONE just as well: clients do not."""
    Event.objects.filter(pk=beijing.pk).update(timezone="Europe/Berlin")
    beijing.refresh_from_db()
    beijing.save()
    calendar = Calendar.from_ical(visitor.get("/attend/beijing/programme.ics").content)

    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Berlin"
    assert {part.name for part in zone.subcomponents} >= {"STANDARD", "DAYLIGHT"}
    assert {row["DTSTART"].params["TZID"] for row in calendar.walk("VEVENT")} == {"Europe/Berlin"}


def test_what_is_taken_out_is_cancelled_in_the_feeds_for_a_month(beijing, programme, visitor, announce):
    """A calendar keeps an entry that merely vanishes from its feed."""
    panel, speaker, feed = programme[-1], Speaker.objects.get(), "/attend/beijing/programme.ics"
    own = f"/attend/beijing/speakers/{speaker.pk}.ics"

    def entry(path, talk):
        (found,) = [
            row for row in Calendar.from_ical(visitor.get(path).content).walk("VEVENT") if f"-{talk}@" in row["UID"]
        ]
        return found.get("STATUS"), found["SEQUENCE"]

    (_none, first), number, other = entry(feed, panel.pk), panel.pk, programme[0]
    Appearance.objects.all().delete()
    announce()
    status, second = entry(own, number)
    assert (status, entry(feed, number)) == ("CANCELLED", (None, second))
    assert second > first

    panel.delete()
    announce()
    assert entry(feed, number) == entry(own, number) == ("CANCELLED", second + 1)
    Talk.objects.filter(pk=other.pk).update(title="另一场")
    announce()
    assert entry(feed, number) == ("CANCELLED", second + 1)
    ProgrammeVersion.objects.filter(number__lt=4).update(at=beijing.starts_at - timedelta(days=3650))
    beijing.save()
    assert f"talk-{number}@" not in visitor.get(feed).content.decode()


def test_each_has_its_own_calendar_with_the_uid_of_the_whole(beijing, programme, visitor):
    panel = programme[-1]
    speaker = Speaker.objects.get()
    ones = [
        visitor.get(path).content.decode()
        for path in (f"/attend/beijing/talks/{panel.pk}/talk.ics", f"/attend/beijing/speakers/{speaker.pk}.ics")
    ]

    for text in ones:
        (entry,) = Calendar.from_ical(text).walk("VEVENT")
        assert entry["UID"] == f"talk-{panel.pk}@beijing.nextstop"


def test_an_english_calendar_is_asked_for_by_its_address(programme, visitor):
    text = visitor.get("/attend/beijing/programme.ics?lang=en").content

    assert [str(row["SUMMARY"]) for row in Calendar.from_ical(text).walk("VEVENT")][:2] == ["Talk 0", "Talk 1"]


@pytest.mark.parametrize("path", PATHS)
def test_a_feed_is_sent_once_for_an_edition(path, beijing, programme, visitor, announce):
    address = f"/attend/beijing/{path}"
    tag = visitor.get(address)["ETag"]
    assert visitor.get(address, headers={"if-none-match": tag}).status_code == 304

    Talk.objects.filter(pk=programme[0].pk).update(title="别的题目")
    assert visitor.get(address, headers={"if-none-match": tag}).status_code == 304  # a draft is nobody's business
    announce()
    again = visitor.get(address, headers={"if-none-match": tag})
    assert again.status_code == 200
    assert "别的题目" in again.content.decode("unicode-escape" if path.endswith("json") else "utf-8")


def test_the_calendar_of_one_talk_or_speaker_is_sent_once_for_an_edition(
    beijing, programme, visitor, mei, client_of, announce
):
    panel, speaker = programme[-1], Speaker.objects.get()
    draft = Talk.objects.create(event=beijing, title="还没定", starts_at=beijing.ends_at, minutes=20)
    paths = [f"/attend/beijing/talks/{panel.pk}/talk.ics", f"/attend/beijing/speakers/{speaker.pk}.ics"]
    tags = [visitor.get(path)["ETag"] for path in paths]
    assert len(set(tags)) == 2
    assert [
        visitor.get(path, headers={"if-none-match": tag}).status_code for path, tag in zip(paths, tags, strict=True)
    ] == [304, 304]
    assert (
        visitor.get(f"/attend/beijing/talks/{programme[0].pk}/talk.ics", headers={"if-none-match": tags[0]}).status_code
        == 200
    )
    assert client_of(mei).get(f"/attend/beijing/talks/{draft.pk}/talk.ics").status_code == 404

    Talk.objects.filter(pk=panel.pk).update(title="别的题目")
    announce()
    for path, tag in zip(paths, tags, strict=True):
        assert "别的题目" in visitor.get(path, headers={"if-none-match": tag}).content.decode()


def test_a_draft_is_seen_by_its_crew_alone(beijing, mei, visitor, client_of, announce):
    talk = Talk.objects.create(event=beijing, title="还没定", starts_at=datetime(2030, 1, 6, tzinfo=UTC), minutes=20)
    pages = ["", "programme/", "live/", *PATHS]

    assert not [path for path in pages if "还没定" in visitor.get(f"/attend/beijing/{path}").content.decode()]
    assert visitor.get(f"/attend/beijing/talks/{talk.pk}/").status_code == 404
    assert "还没定" in client_of(mei).get("/organise/beijing/programme/edit/").content.decode()
    announce()
    assert "还没定" in visitor.get("/attend/beijing/programme/").content.decode()
    Talk.objects.filter(pk=talk.pk).update(title="改了")
    assert "还没定" in visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
    talk.delete()
    assert "还没定" in visitor.get("/attend/beijing/programme/").content.decode()


def entries(content):
    return Calendar.from_ical(content).walk("VEVENT")


def mailed():
    """The entries in the calendar of the only mail."""
    ((_name, _type, content),) = OutgoingMail.objects.get().attachments
    return entries(base64.b64decode(content))


def test_what_xml_refuses_is_left_out_and_every_feed_stays_readable(beijing, visitor, announce):
    """A vertical tab comes with a text that was copied from slides; no parser reads an XML in which it stands."""
    signs, who = "\x0b\x08\x1f\ufffe", Speaker.objects.create(event=beijing, name="Li\x1bao")
    talk = Talk.objects.create(
        event=beijing,
        title=f"一{signs}\n二",
        abstract=f"甲\t乙\r\n丙\r丁{signs}😀",
        room=f"主{signs}厅",
        track=f"A{signs}",
        starts_at=beijing.starts_at,
    )
    Appearance.objects.create(talk=talk, speaker=who)
    type(beijing.series).objects.update(name=f"线{signs}")
    announce()
    xml = etree.fromstring(visitor.get("/attend/beijing/schedule.xml").content)
    one, whole, own = (
        visitor.get(f"/attend/beijing/{path}").content
        for path in (f"talks/{talk.pk}/talk.ics", "programme.ics", f"speakers/{who.pk}.ics")
    )

    texts = [
        xml.find(f".//{name}") for name in ("event/title", "event/abstract", "event/room", "event/track", "person")
    ]
    assert [node.text for node in texts] == ["一\n二", "甲\t乙\n丙\n丁😀", "主厅", "A", "Liao"]
    assert xml.find("day/room").get("name") == "主厅"
    assert visitor.get("/attend/beijing/schedule.json").json()["schedule"]["conference"]["rooms"]
    for content in (one, whole, own):
        (entry,) = entries(content)
        assert str(entry["SUMMARY"]).replace("\ufffe", "") == "一\n二"
        assert vobject.readOne(content.decode()).vevent.uid.value == f"talk-{talk.pk}@beijing.nextstop"
        assert set(content) & {*range(32), 127} == {9, 10, 13}  # the tab of the text may stay
        assert content.count(b"\r") == content.count(b"\r\n")


@pytest.mark.parametrize("starts", ["2030-03-10T06:30Z", "2030-11-03T05:30Z", "2030-11-03T04:30Z", "2030-11-03T06:10Z"])
def test_mail_and_feeds_agree_on_the_end_in_the_night_when_the_clocks_change(beijing, visitor, announce, starts):
    Event.objects.filter(pk=beijing.pk).update(timezone="America/New_York")
    beijing.refresh_from_db()
    talk = Talk.objects.create(event=beijing, title="夜", starts_at=datetime.fromisoformat(starts), minutes=95)
    who = Speaker.objects.create(event=beijing, name="Liao", mail="liao@nextstop.example")
    Appearance.objects.create(talk=talk, speaker=who)
    publishing.publish(beijing, by=None, at=timezone.now())
    times = (talk.starts_at, talk.ends_at)
    feed = f"/attend/beijing/speakers/{who.pk}.ics"

    def told(rows):
        (row,) = rows
        return tuple(row[name].dt.astimezone(UTC) for name in ("DTSTART", "DTEND"))

    assert told(mailed()) == told(entries(visitor.get(feed).content)) == times
    (day,) = visitor.get("/attend/beijing/schedule.json").json()["schedule"]["conference"]["days"]
    assert tuple(datetime.fromisoformat(day[name]) for name in ("day_start", "day_end")) == times
    assert day["day_end"] == beijing.local(talk.ends_at).isoformat()
    talk.delete()
    announce()
    assert told(entries(visitor.get(feed).content)) == times


def test_entries_of_an_hour_that_comes_twice_stand_in_their_order_in_the_schedule():
    zone = ZoneInfo("America/New_York")
    first, second = (datetime(2030, 11, 3, 1, minute, fold=fold, tzinfo=zone) for minute, fold in ((50, 0), (10, 1)))
    frame = schedule_export.Frame("x", "X", "America/New_York", "https://x.example/", "1", first)
    rows = [
        schedule_export.Entry(pk, "", "", "", "talk", "", at, 10, "A", "", "", "zh")
        for pk, at in ((1, second), (2, first))
    ]

    (day,) = schedule_export.as_json(frame, rows)["schedule"]["conference"]["days"]

    assert [entry["id"] for entry in day["rooms"]["A"]] == [2, 1]
    assert (day["day_start"], day["day_end"]) == ("2030-11-03T01:50:00-04:00", "2030-11-03T01:20:00-05:00")


def test_when_the_event_is_called_off_its_entries_are_cancelled_until_it_is_on_again(beijing, programme, visitor):
    """A calendar takes no update whose SEQUENCE is not higher than the last."""
    panel, speaker = programme[-1], Speaker.objects.get()
    page = f"/attend/beijing/talks/{panel.pk}/"
    feeds = ["/attend/beijing/programme.ics", f"/attend/beijing/speakers/{speaker.pk}.ics", f"{page}talk.ics"]

    def told():
        found = [entries(visitor.get(path).content)[-1] for path in feeds]
        ((status, sequence),) = {(row.get("STATUS"), row["SEQUENCE"]) for row in found}
        (word,) = re.findall(r"https://schema.org/(Event[A-Z]\w+)", visitor.get(page).content.decode())
        return status, word, sequence

    def turn(**fields):
        before = Event.objects.get(pk=beijing.pk)
        for name, value in fields.items():
            setattr(beijing, name, value)
        beijing.save()
        changes.saved(beijing, before, at=timezone.now())

    *planned, first = told()
    turn(cancelled_at=timezone.now())
    *off, second = told()
    assert {row.get("STATUS") for row in entries(visitor.get(feeds[0]).content)} == {"CANCELLED"}
    turn(cancelled_at=None)
    *on, third = told()

    assert planned == on == [None, "EventScheduled"]
    assert off == ["CANCELLED", "EventCancelled"]
    assert first < second < third


def test_a_mail_about_an_event_that_is_called_off_says_what_the_feed_says(beijing, programme, visitor):
    Speaker.objects.update(mail="jessy@nextstop.example")
    beijing.cancelled_at = timezone.now()
    beijing.save()
    Talk.objects.filter(pk=programme[-1].pk).update(room="二楼")
    publishing.publish(beijing, by=None, at=timezone.now())

    (mail,), feed = mailed(), entries(visitor.get("/attend/beijing/programme.ics").content)[-1]
    assert (mail["STATUS"], mail["SEQUENCE"]) == (feed["STATUS"], feed["SEQUENCE"])
    assert mail["STATUS"] == "CANCELLED"


def test_the_calendar_of_a_talk_that_was_taken_out_cancels_it_for_a_month(
    beijing, programme, visitor, mei, client_of, announce
):
    panel = programme[-1].pk
    address = f"/attend/beijing/talks/{panel}/talk.ics"
    (before,) = entries(visitor.get(address).content)
    assert "STATUS" not in before
    Talk.objects.filter(pk=panel).delete()
    assert "STATUS" not in entries(visitor.get(address).content)[0]  # not announced yet
    announce()
    draft = Talk.objects.create(event=beijing, title="还没定", starts_at=beijing.ends_at)

    answer = visitor.get(address)
    (after,) = entries(answer.content)
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert str(after["SUMMARY"]) == str(before["SUMMARY"])
    assert visitor.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert [str(row["SUMMARY"]) for row in entries(visitor.get(f"{address}?lang=en").content)] == ["Talk 3"]
    for client in (visitor, client_of(mei)):
        assert client.get(f"/attend/beijing/talks/{draft.pk}/talk.ics").status_code == 404
    draft.delete()
    Talk.objects.filter(pk=programme[0].pk).update(title="另一场")
    announce()
    ProgrammeVersion.objects.filter(number__lt=3).update(at=beijing.starts_at - timedelta(days=3650))
    beijing.save()
    assert visitor.get(address).status_code == 404
