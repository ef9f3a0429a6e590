"""The programme as schedule.json and schedule.xml, the formats of the c3voc (PURE)."""

import xml.etree.ElementTree as ET
from dataclasses import asdict, dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Person:
    id: int
    name: str


@dataclass(frozen=True)
class Entry:
    """One entry with aware times."""

    id: int
    guid: str
    title: str
    kind: str
    starts_at: datetime
    minutes: int
    room: str
    abstract: str
    url: str
    language: str
    persons: list[Person] = field(default_factory=list)


def duration(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def as_json(acronym: str, title: str, zone: str, base_url: str, version: str, entries: list[Entry]) -> dict:
    """The schedule as a dictionary for JSON: one day, its rooms, their entries."""
    begin = min(entry.starts_at for entry in entries) if entries else None
    rooms: dict[str, list] = {}
    for entry in entries:
        rooms.setdefault(entry.room, []).append(
            {
                "id": entry.id,
                "guid": entry.guid,
                "date": entry.starts_at.isoformat(),
                "start": entry.starts_at.strftime("%H:%M"),
                "duration": duration(entry.minutes),
                "room": entry.room,
                "slug": f"{acronym}-{entry.id}",
                "url": entry.url,
                "title": entry.title,
                "subtitle": "",
                "track": None,
                "type": entry.kind,
                "language": entry.language,
                "abstract": entry.abstract,
                "description": "",
                "persons": [{**asdict(person), "public_name": person.name} for person in entry.persons],
                "links": [],
                "attachments": [],
            }
        )
    days = []
    if begin is not None:
        end = max(entry.starts_at for entry in entries)
        days.append(
            {
                "index": 1,
                "date": begin.date().isoformat(),
                "day_start": begin.isoformat(),
                "day_end": end.isoformat(),
                "rooms": rooms,
            }
        )
    conference = {
        "acronym": acronym,
        "title": title,
        "start": days[0]["date"] if days else None,
        "end": days[0]["date"] if days else None,
        "daysCount": len(days),
        "timeslot_duration": "00:05",
        "time_zone_name": zone,
        "rooms": [{"name": name} for name in rooms],
        "days": days,
    }
    return {"schedule": {"version": version, "base_url": base_url, "conference": conference}}


def as_xml(schedule: dict) -> bytes:
    """The same schedule as XML."""
    content = schedule["schedule"]
    conference = content["conference"]
    root = ET.Element("schedule")
    ET.SubElement(root, "version").text = content["version"]
    head = ET.SubElement(root, "conference")
    for name, key in (
        ("acronym", "acronym"),
        ("title", "title"),
        ("start", "start"),
        ("end", "end"),
        ("days", "daysCount"),
        ("timeslot_duration", "timeslot_duration"),
        ("time_zone_name", "time_zone_name"),
    ):
        ET.SubElement(head, name).text = str(conference[key] if conference[key] is not None else "")
    ET.SubElement(head, "base_url").text = content["base_url"]
    for day in conference["days"]:
        frame = ET.SubElement(
            root, "day", index=str(day["index"]), date=day["date"], start=day["day_start"], end=day["day_end"]
        )
        for room, entries in day["rooms"].items():
            place = ET.SubElement(frame, "room", name=room)
            for entry in entries:
                place.append(_event(entry))
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _event(entry: dict) -> ET.Element:
    event = ET.Element("event", guid=entry["guid"], id=str(entry["id"]))
    for name in ("date", "start", "duration", "room", "slug", "url"):
        ET.SubElement(event, name).text = entry[name]
    recording = ET.SubElement(event, "recording")
    ET.SubElement(recording, "license")
    ET.SubElement(recording, "optout").text = "false"
    for name in ("title", "subtitle", "track", "type", "language", "abstract", "description"):
        ET.SubElement(event, name).text = entry[name] or ""
    persons = ET.SubElement(event, "persons")
    for person in entry["persons"]:
        ET.SubElement(persons, "person", id=str(person["id"])).text = person["name"]
    ET.SubElement(event, "links")
    ET.SubElement(event, "attachments")
    return event
