"""The programme as it was announced: what phones, feeds, the stage and the host read.

The rows of `Talk` are the organiser's draft. A version keeps what was announced of each entry; what happens on the day
(begun, ended) stays on the rows. An entry that was taken out of the draft stays in the programme until the next version.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from sessions.models import Appearance, ProgrammeVersion, Talk

REMEMBERED, VERSIONS = timedelta(days=30), 50  # how long, and how many versions, what was taken out is told
FIELDS = (
    "kind",
    "title",
    "title_en",
    "short",
    "short_en",
    "minutes",
    "least_minutes",
    "room",
    "room_en",
    "track",
    "track_en",
    "revision",
)


def snapshot(event) -> dict[str, dict]:
    """What would be announced now: the facts of every entry of the draft, by its id."""
    return {str(talk.pk): facts(talk) for talk in event.talks.in_order().with_people()}


def facts(talk) -> dict:
    return {
        **{name: getattr(talk, name) for name in FIELDS},
        "starts_at": talk.starts_at.isoformat(),
        "people": {str(row.speaker_id): row.speaker.name for row in talk.people()},
        "parts": [[row.speaker_id, row.role, row.order] for row in talk.people()],
    }


def latest(event) -> ProgrammeVersion | None:
    return event.programme_versions.first()


def names(event, speaker) -> bool:
    """Whether the programme tells of this person, or did so and calendars are still told that it is off."""
    version = latest(event)
    told = version.snapshot.values() if version else ()
    return any(str(speaker.pk) in said["people"] for said in told) or bool(taken_out(event, speaker=speaker))


def speakers(event):
    """Who stands in the last version."""
    version = latest(event)
    told = set().union(*(said["people"] for said in version.snapshot.values())) if version else set()
    return event.speakers.filter(pk__in=[int(pk) for pk in told])


def taken_out(event, *, speaker=None) -> dict[str, dict]:
    """What earlier versions told and the last one does not, by its id: for a month, so that calendars drop it.

    For one speaker, an entry in which they have no part any more is taken out as well.
    """
    rows = list(event.programme_versions.values_list("at", "snapshot")[: VERSIONS + 1])
    mine = str(speaker.pk) if speaker else None
    found: dict[str, dict] = {}
    newest: dict[str, dict] = {}  # the last that was told of each entry
    for (until, _next), (_at, before) in pairwise(rows):
        if until < rows[0][0] - REMEMBERED:
            break
        for pk, said in before.items():
            still, last = rows[0][1].get(pk), newest.setdefault(pk, said)
            if pk in found or (mine and mine not in said["people"]):
                continue
            if still is None:
                found[pk] = last | {"revision": last["revision"] + 1}
            elif mine and mine not in still["people"]:
                found[pk] = still
    return found


def talks(event, *, only: int | None = None) -> list[Talk]:
    """The entries of the last version, in order; the draft where nothing was announced yet.

    These are for reading: saving one would write what was announced over the draft.
    """
    version = latest(event)
    rows = event.talks.in_order().with_people()
    if only is not None:
        rows = rows.filter(pk=only)
    if version is None:
        return list(rows)
    told = {int(pk): said for pk, said in version.snapshot.items() if only in (None, int(pk))}
    drafts = {talk.pk: talk for talk in rows}
    strangers = {person for said in told.values() for person, _role, _order in said.get("parts", [])}
    strangers -= {row.speaker_id for talk in drafts.values() for row in talk.people()}
    people = {row.pk: row for row in event.speakers.filter(pk__in=strangers)} if strangers else {}
    people |= {row.speaker_id: row.speaker for talk in drafts.values() for row in talk.people()}
    found = [_as_announced(event, pk, said, drafts.get(pk), people) for pk, said in told.items()]
    return sorted(found, key=lambda talk: (talk.starts_at, talk.pk))


def _as_announced(event, pk, said, draft, people) -> Talk:
    talk = draft or Talk(pk=pk)
    talk.taken_out = draft is None
    for name in FIELDS:
        if name in said:
            setattr(talk, name, said[name])
    talk.starts_at = datetime.fromisoformat(said["starts_at"])
    talk.event = event
    if "parts" in said:
        _give_people(talk, said["parts"], people)
    elif draft is None:
        _give_people(talk, [], people)
    return talk


def _give_people(talk, parts, people) -> None:
    """The parts as they were announced; who has confirmed and who is here comes from the draft's rows."""
    cache = getattr(talk, "_prefetched_objects_cache", None)
    known = {row.speaker_id: row for row in cache["appearances"]} if cache else {}
    rows = []
    for speaker, role, order in sorted(parts, key=lambda part: part[2]):
        if speaker in people:
            row = known.get(speaker) or Appearance(talk_id=talk.pk, speaker=people[speaker])
            row.role, row.order = role, order
            rows.append(row)
    told = Appearance.objects.none()
    told._result_cache, told._prefetch_done = rows, True  # type: ignore[attr-defined]  # as prefetch_related fills it
    talk._prefetched_objects_cache = {"appearances": told}
