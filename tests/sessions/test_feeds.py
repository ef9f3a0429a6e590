"""What calendars and other programmes read: checked by their own validators, empty until something is announced.

The c3voc's schemas (validator/xsd/schedule.xml.xsd and validator/json/schema.json in github.com/voc/schedule) are in no
package and their text stays there. The two beside this file say the same in our words, and more: every field is required,
nothing else may stand there. The feeds were held against the originals as well; who changes a feed does that again.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
import vobject
from icalendar import Calendar
from lxml import etree

from events.models import Event
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
