"""Versions of the programme: what changed since the last one, in words, and one mail with one calendar update each."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from events import live, mailing
from events.db import write_gate
from events.templatetags import house
from sessions import announced, feeds, ical
from sessions.announced import latest, snapshot
from sessions.models import Appearance, Edition, ProgrammeVersion, Speaker, Talk

TOLD = {"kind", "title", "minutes", "room", "track", "revision"}  # fields that have words of their own
NAMED = {"room": _l("room: %(now)s"), "track": _l("track: %(now)s")}


@dataclass(frozen=True)
class Change:
    """What happened to one entry: its title, sentences, and the speakers whom it concerns (ids)."""

    talk: int
    title: str
    words: list[str]
    speakers: set[int] = field(default_factory=set)
    removed: bool = False


def changes(event, now: dict, before: dict) -> list[Change]:
    """What differs, entry by entry, in the order of the day."""
    found = []
    for key, facts in sorted(now.items(), key=lambda item: item[1]["starts_at"]):
        old = before.get(key)
        words = _words(event, facts, old)
        if words:
            everybody = set(facts["people"]) | set(old["people"] if old else ())
            found.append(Change(int(key), _title(facts), words, {int(pk) for pk in everybody}))
    for key in before.keys() - now.keys():
        old = before[key]
        people = {int(pk) for pk in old["people"]}
        found.append(Change(int(key), _title(old), [_("taken out of the programme")], people, removed=True))
    return found


def _title(facts) -> str:
    """As the language has it that is active."""
    return (get_language() == "en" and facts.get("title_en")) or facts["title"]


def _words(event, facts, old) -> list[str]:
    at = _clock(event, facts["starts_at"])
    if old is None:
        return [_("new, at %(time)s") % {"time": at}]
    found = []
    if facts["title"] != old["title"]:
        found.append(_("was called “%(title)s”") % {"title": old["title"]})
    if facts["kind"] != old.get("kind", facts["kind"]):
        found.append(_("now a %(kind)s") % {"kind": dict(Talk.Kind.choices)[facts["kind"]]})
    if facts["starts_at"] != old["starts_at"]:
        found.append(_("%(was)s → %(becomes)s") % {"was": _clock(event, old["starts_at"]), "becomes": at})
    if facts["minutes"] != old["minutes"]:
        found.append(_("%(was)d → %(becomes)d min") % {"was": old["minutes"], "becomes": facts["minutes"]})
    for name, words in NAMED.items():
        if facts[name] != old.get(name, facts[name]):
            found.append(words % {"now": facts[name] or "–"})
    come = [name for pk, name in facts["people"].items() if pk not in old["people"]]
    gone = [name for pk, name in old["people"].items() if pk not in facts["people"]]
    if come:
        found.append(_("with %(names)s") % {"names": house.listed(come)})
    if gone:
        found.append(_("without %(names)s") % {"names": house.listed(gone)})
    found += _roles(facts, old)
    if not come and not gone and "parts" in old and (order := _order(facts)) != _order(old):
        found.append(_("in this order: %(names)s") % {"names": house.listed(facts["people"][str(pk)] for pk in order)})
    return found + _other_fields(facts, old)


def _other_fields(facts, old) -> list[str]:
    """What else was written anew: the names of the fields."""
    labels = {field.name: field.verbose_name for field in Talk._meta.fields}
    other = [name for name in announced.FIELDS if name not in TOLD and facts[name] != old.get(name, facts[name])]
    names = house.listed(labels[name] for name in other)
    return [_("changed: %(names)s") % {"names": names}] if names else []


def _order(facts) -> list[int]:
    """The people of an entry as they stand on its page."""
    return [person for person, _role, _order in sorted(facts.get("parts", []), key=lambda part: part[2])]


def _roles(facts, old) -> list[str]:
    """Who does something else than before."""
    was = {person: role for person, role, _order in old.get("parts", [])}
    labels = dict(Appearance.Role.choices)
    return [
        _("%(name)s: %(role)s") % {"name": facts["people"][str(person)], "role": labels[role]}
        for person, role, _order in facts["parts"]
        if was.get(person, role) != role
    ]


def _clock(event, iso) -> str:
    return event.local(datetime.fromisoformat(iso)).strftime("%H:%M")


def pending(event) -> list[Change]:
    """What would be announced now; everything, before the first version."""
    last = latest(event)
    return changes(event, snapshot(event), last.snapshot if last else {})


def unreachable(event, found) -> list[Speaker]:
    """Whom the changes concern and no mail reaches: somebody tells them in person."""
    concerned = set().union(*(change.speakers for change in found))
    return list(Speaker.objects.filter(event=event, pk__in=concerned, mail=""))


def publish(event, *, by, at, tell=True) -> ProgrammeVersion | None:
    """Number the programme as it is now and tell the people concerned; None when nothing has changed.

    Entries that changed get a higher SEQUENCE, so that calendars take the update; those taken out are CANCELLED there.
    """
    with write_gate(), transaction.atomic():
        type(event).objects.select_for_update(no_key=True).get(pk=event.pk)  # two organisers press at once: one version
        last = latest(event)
        found = changes(event, snapshot(event), last.snapshot if last else {})
        if not found:
            return None
        Talk.objects.filter(pk__in=[change.talk for change in found]).update(revision=F("revision") + 1)
        return _announce(event, last, snapshot(event), found, by=by, at=at, tell=tell)


def carry_over(event, moved, *, shorter, by, at) -> ProgrammeVersion | None:
    """What the host moved on the day is announced at once, without the rest of the draft; None before version 1.

    `moved` are the minutes by which each entry (by its id) moves, `shorter` those that a break gives.
    """
    with write_gate(), transaction.atomic():
        last = latest(event)
        if last is None:
            Edition.touch(event.pk)
            return None
        now, revisions = deepcopy(last.snapshot), dict(event.talks.values_list("pk", "revision"))
        for pk, minutes in moved.items():
            told = now.get(str(pk))
            if told:
                starts = datetime.fromisoformat(told["starts_at"]) + timedelta(minutes=minutes)
                told["starts_at"] = starts.isoformat()
                told["minutes"] -= shorter.get(pk, 0)
                told["revision"] = max(told["revision"] + 1, revisions.get(pk, 0))
        found = changes(event, now, last.snapshot)
        return _announce(event, last, now, found, by=by, at=at) if found else None


def _announce(event, last, facts, found, *, by, at, tell=True) -> ProgrammeVersion:
    number = last.number + 1 if last else 1
    version = ProgrammeVersion.objects.create(event=event, number=number, snapshot=facts, at=at, by=by)
    Edition.touch(event.pk, version=number)
    if tell:
        _tell(version, found, last.snapshot if last else {})
    live.tell(event, "programme", version=number)
    return version


def _tell(version, found, before) -> None:
    """One mail, in their language, with one calendar file for everything that concerns a speaker."""
    concerned, event = set().union(*(change.speakers for change in found)), version.event
    for speaker, own in _in_their_words(event, version.snapshot, before, Speaker.objects.filter(pk__in=concerned)):
        file = _file(event, [_entry(event, change, version, before, speaker) for change in own], version.at)
        context = {"speaker": speaker, "changes": own, "number": version.number}
        key = f"programme:{version.pk}:{speaker.pk}"
        mailing.send(event, speaker.mail, "mail/programme", context, key=key, attachments=[file])


def tell_of_the_event(event, *, called_off: bool, at) -> None:
    """The event moved, or does not take place: each speaker of the last version gets one mail with all their parts.

    Nothing of the sort for news that is old already: an event that was called off and is on again says so by itself.
    """
    version = latest(event)
    if version is None or called_off != (event.cancelled_at is not None):
        return
    for speaker, own in _in_their_words(event, version.snapshot, {}, announced.speakers(event)):
        file = _file(event, [_entry(event, change, version, {}, speaker) for change in own], at)
        template = "mail/programme_off" if called_off else "mail/programme_event"
        key = f"programme-event:{event.revision}:{speaker.pk}"
        mailing.send(event, speaker.mail, template, {"speaker": speaker}, key=key, attachments=[file])


def _in_their_words(event, now, before, speakers):
    """(speaker, what concerns them) of each whom a mail reaches, in a language of theirs that is active meanwhile."""
    said: dict[str, list[Change]] = {}
    for speaker in speakers.exclude(mail=""):
        with override(speaker.language):
            if speaker.language not in said:
                said[speaker.language] = changes(event, now, before)
            yield speaker, [one for one in said[speaker.language] if speaker.pk in one.speakers]


def _file(event, entries, stamp) -> tuple[str, str, bytes]:
    organizer = (house.said(event.series, "name"), mailing.sender())
    body = ical.calendar(house.said(event, "title"), entries, stamp=stamp, organizer=organizer)
    return "programme.ics", "text/calendar; charset=utf-8; method=PUBLISH", body


def _entry(event, change, version, before, speaker) -> ical.Entry:
    facts = version.snapshot.get(str(change.talk)) or before[str(change.talk)]
    gone = change.removed or str(speaker.pk) not in facts["people"]
    return ical.Entry(
        uid=feeds.uid(event, change.talk),
        sequence=feeds.sequence(event, facts["revision"] + (1 if change.removed else 0)),
        title=_title(facts),
        starts_at=event.local(datetime.fromisoformat(facts["starts_at"])),
        minutes=facts["minutes"],
        place=" · ".join(filter(None, (facts["room"], event.venue))),
        text="; ".join(change.words),
        url="",
        cancelled=gone or event.cancelled_at is not None,
    )
