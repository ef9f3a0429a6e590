"""Versions of the programme: what changed since the last one, in words, and one mail with one calendar update each."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from events import live, mailing
from events.db import write_gate
from sessions import ical
from sessions.models import ProgrammeVersion, Speaker, Talk


@dataclass(frozen=True)
class Change:
    """What happened to one entry: its title, sentences, and the speakers whom it concerns (ids)."""

    talk: int
    title: str
    words: list[str]
    speakers: set[int] = field(default_factory=set)
    removed: bool = False


def snapshot(event) -> dict[str, dict]:
    """The announced facts of every entry, by its id."""
    return {
        str(talk.pk): {
            "title": talk.title,
            "starts_at": talk.starts_at.isoformat(),
            "minutes": talk.minutes,
            "room": talk.room,
            "revision": talk.revision,
            "people": {str(row.speaker_id): row.speaker.name for row in talk.people()},
        }
        for talk in event.talks.in_order().with_people()
    }


def latest(event) -> ProgrammeVersion | None:
    return event.programme_versions.first()


def changes(event, now: dict, before: dict) -> list[Change]:
    """What differs, entry by entry, in the order of the day."""
    found = []
    for key, facts in sorted(now.items(), key=lambda item: item[1]["starts_at"]):
        old = before.get(key)
        words = _words(event, facts, old)
        if words:
            everybody = set(facts["people"]) | set(old["people"] if old else ())
            found.append(Change(int(key), facts["title"], words, {int(pk) for pk in everybody}))
    for key in before.keys() - now.keys():
        old = before[key]
        people = {int(pk) for pk in old["people"]}
        found.append(Change(int(key), old["title"], [_("taken out of the programme")], people, removed=True))
    return found


def _words(event, facts, old) -> list[str]:
    at = _clock(event, facts["starts_at"])
    if old is None:
        return [_("new, at %(time)s") % {"time": at}]
    found = []
    if facts["title"] != old["title"]:
        found.append(_("was called “%(title)s”") % {"title": old["title"]})
    if facts["starts_at"] != old["starts_at"]:
        found.append(_("%(was)s → %(becomes)s") % {"was": _clock(event, old["starts_at"]), "becomes": at})
    if facts["minutes"] != old["minutes"]:
        found.append(_("%(was)d → %(becomes)d min") % {"was": old["minutes"], "becomes": facts["minutes"]})
    if facts["room"] != old["room"]:
        found.append(_("room: %(room)s") % {"room": facts["room"] or "–"})
    come = [name for pk, name in facts["people"].items() if pk not in old["people"]]
    gone = [name for pk, name in old["people"].items() if pk not in facts["people"]]
    if come:
        found.append(_("with %(names)s") % {"names": "、".join(come)})
    if gone:
        found.append(_("without %(names)s") % {"names": "、".join(gone)})
    return found


def _clock(event, iso) -> str:
    return event.local(datetime.fromisoformat(iso)).strftime("%H:%M")


def pending(event) -> list[Change]:
    """What would be announced now; everything, before the first version."""
    last = latest(event)
    return changes(event, snapshot(event), last.snapshot if last else {})


def publish(event, *, by, at) -> ProgrammeVersion | None:
    """Number the programme as it is now and tell the people concerned; None when nothing has changed.

    Entries that changed get a higher SEQUENCE, so that calendars take the update; those taken out are CANCELLED there.
    """
    with write_gate(), transaction.atomic():
        type(event).objects.select_for_update().get(pk=event.pk)  # two organisers press at once: one version
        last = latest(event)
        before = last.snapshot if last else {}
        found = changes(event, snapshot(event), before)
        if not found:
            return None
        Talk.objects.filter(pk__in=[change.talk for change in found]).update(revision=F("revision") + 1)
        version = ProgrammeVersion.objects.create(
            event=event, number=last.number + 1 if last else 1, snapshot=snapshot(event), at=at, by=by
        )
        for speaker in Speaker.objects.filter(pk__in=set().union(*(change.speakers for change in found))):
            _tell(version, speaker, found, before)
        live.tell(event, "programme", version=version.number)
    return version


def _tell(version, speaker, found, before) -> None:
    """One mail with one calendar file for everything that concerns this speaker."""
    if not speaker.mail:
        return
    event = version.event
    own = [change for change in found if speaker.pk in change.speakers]
    entries = [_entry(event, change, version, before, speaker) for change in own]
    with override("zh-hans"):
        file = ("programme.ics", "text/calendar; charset=utf-8", ical.calendar(event.title, entries, stamp=version.at))
        key = f"programme:{version.pk}:{speaker.pk}"
        context = {"speaker": speaker, "changes": own, "number": version.number}
        mailing.send(event, speaker.mail, "mail/programme", context, key=key, attachments=[file])


def _entry(event, change, version, before, speaker) -> ical.Entry:
    facts = version.snapshot.get(str(change.talk)) or before[str(change.talk)]
    starts = event.local(datetime.fromisoformat(facts["starts_at"]))
    gone = change.removed or str(speaker.pk) not in facts["people"]
    return ical.Entry(
        uid=f"talk-{change.talk}@{event.slug}.nextstop",
        sequence=facts["revision"] + (1 if change.removed else 0),
        title=facts["title"],
        starts_at=starts,
        ends_at=starts + timedelta(minutes=facts["minutes"]),
        place=" · ".join(filter(None, (facts["room"], event.venue))),
        text="; ".join(change.words),
        url="",
        cancelled=gone,
    )
