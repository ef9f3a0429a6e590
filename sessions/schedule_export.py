"""The programme as schedule.json and schedule.xml, the formats of the c3voc (PURE).

Both pass the schemas that the c3voc publishes: ids of entries make the slugs, for titles may be Chinese; a guid is a
UUID; a programme without entries is one day without rooms.
"""

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import datetime

from sessions.ical import later

SCHEMA = "https://c3voc.de/schedule/schema.json"  # by this address readers tell the format
GENERATOR = "nextstop"
REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no Char for


@dataclass(frozen=True)
class Person:
    id: int
    name: str


@dataclass(frozen=True)
class Frame:
    """What stands around the entries; `day` is the event's own day, in its zone."""

    acronym: str
    title: str
    zone: str
    base_url: str
    version: str
    day: datetime


@dataclass(frozen=True)
class Entry:
    """One entry with aware times."""

    id: int
    guid: str
    title: str
    subtitle: str
    kind: str
    track: str
    starts_at: datetime
    minutes: int
    room: str
    abstract: str
    url: str
    language: str
    persons: list[Person] = field(default_factory=list)


def duration(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def as_json(frame: Frame, entries: list[Entry]) -> dict:
    """The schedule as a dictionary for JSON: its days, their rooms, their entries."""
    by_day: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.starts_at.timestamp(), entry.id)):
        by_day.setdefault(entry.starts_at.date().isoformat(), []).append(entry)
    days = [_day(frame, number, date, rows) for number, (date, rows) in enumerate(by_day.items(), 1)]
    days = days or [_day(frame, 1, frame.day.date().isoformat(), [])]
    rooms = list(dict.fromkeys(name for day in days for name in day["rooms"]))
    conference = {
        "acronym": frame.acronym,
        "title": frame.title,
        "start": days[0]["date"],
        "end": days[-1]["date"],
        "daysCount": len(days),
        "timeslot_duration": "00:05",
        "time_zone_name": frame.zone,
        "tracks": [{"name": name} for name in dict.fromkeys(entry.track for entry in entries if entry.track)],
        "rooms": [{"name": name, "guid": str(uuid.uuid5(uuid.NAMESPACE_URL, frame.base_url + name))} for name in rooms],
        "days": days,
    }
    content = {"version": frame.version, "base_url": frame.base_url, "conference": conference}
    return {"$schema": SCHEMA, "generator": {"name": GENERATOR}, "schedule": content}


def _day(frame: Frame, number: int, date: str, entries: list[Entry]) -> dict:
    # within one zone Python compares what the clocks show, and some nights they show an hour twice: timestamp
    begin = min((entry.starts_at for entry in entries), default=frame.day, key=datetime.timestamp)
    ends = (later(entry.starts_at, entry.minutes) for entry in entries)
    end = max(ends, default=frame.day, key=datetime.timestamp)
    rooms: dict[str, list[dict]] = {}
    for entry in entries:
        rooms.setdefault(entry.room, []).append(_entry(frame, entry))
    return {
        "index": number,
        "date": date,
        "day_start": begin.isoformat(),
        "day_end": end.isoformat(),
        "rooms": rooms,
    }


def _entry(frame: Frame, entry: Entry) -> dict:
    return {
        "id": entry.id,
        "guid": entry.guid,
        "date": entry.starts_at.isoformat(),
        "start": entry.starts_at.strftime("%H:%M"),
        "duration": duration(entry.minutes),
        "room": entry.room,
        "slug": f"{frame.acronym}-{entry.id}",
        "url": entry.url,
        "title": entry.title,
        "subtitle": entry.subtitle,
        "track": entry.track,
        "type": entry.kind,
        "language": entry.language,
        "abstract": entry.abstract,
        "description": "",
        "persons": [{"id": person.id, "name": person.name} for person in entry.persons],
        "links": [],
        "attachments": [],
    }


def as_xml(schedule: dict) -> bytes:
    """The same schedule as XML, without the characters that no parser takes."""
    content = schedule["schedule"]
    conference = content["conference"]
    root = ET.Element("schedule")
    ET.SubElement(root, "generator", name=GENERATOR)
    ET.SubElement(root, "version").text = content["version"]
    head = ET.SubElement(root, "conference")
    for name, value in (
        ("acronym", conference["acronym"]),
        ("title", conference["title"]),
        ("start", conference["start"]),
        ("end", conference["end"]),
        ("days", str(conference["daysCount"])),
        ("timeslot_duration", conference["timeslot_duration"]),
        ("base_url", content["base_url"]),
        ("time_zone_name", conference["time_zone_name"]),
    ):
        ET.SubElement(head, name).text = value
    for day in conference["days"]:
        frame = ET.SubElement(
            root, "day", index=str(day["index"]), date=day["date"], start=day["day_start"], end=day["day_end"]
        )
        for room, entries in day["rooms"].items():
            place = ET.SubElement(frame, "room", name=room)
            for entry in entries:
                place.append(_event(entry))
    text = REFUSED.sub("", ET.tostring(root, encoding="unicode"))
    return b"<?xml version='1.0' encoding='utf-8'?>\n" + text.encode()


def _event(entry: dict) -> ET.Element:
    event = ET.Element("event", guid=entry["guid"], id=str(entry["id"]))
    for name in ("date", "start", "duration", "room", "slug", "url"):
        ET.SubElement(event, name).text = entry[name]
    recording = ET.SubElement(event, "recording")
    ET.SubElement(recording, "license")
    ET.SubElement(recording, "optout").text = "false"
    for name in ("title", "subtitle", "track", "type", "language", "abstract", "description"):
        ET.SubElement(event, name).text = entry[name]
    persons = ET.SubElement(event, "persons")
    for person in entry["persons"]:
        ET.SubElement(persons, "person", id=str(person["id"])).text = person["name"]
    ET.SubElement(event, "links")
    ET.SubElement(event, "attachments")
    return event
