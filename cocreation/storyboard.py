"""The storyboard: a version that is being worked on, what a hand changes of it, a small preview of it, two side by side."""

import hashlib
import json
from dataclasses import dataclass

from django.db import transaction

from cocreation import editing, music, planner, plans
from cocreation.beats import FASTEST_BY_HAND, SLOWEST_BY_HAND
from cocreation.models import Clip, Montage, Render, Soundtrack
from cocreation.models.montage import FPS
from cocreation.rendering.styles import STYLES
from events import jobs, live
from events.db import write_gate
from events.jobs import Failed
from events.models import Job
from events.text import clean_text

MOST_ROWS = 400


class Wrong(ValueError):
    """What the page sent makes no sense."""


def is_kept(montage) -> bool:
    """Whether a film was made of this version, or is being made: then it stays as it is, and changes make the next one."""
    films = montage.renders.filter(is_draft=False)
    being_made = Job.objects.filter(kind="render_montage", subject__in=films.values("pk"), state__in=Job.OPEN)
    return films.exclude(finished_at=None).exists() or being_made.exists()


def changed(montage, wishes, *, by=None) -> Montage:
    """The version with these wishes: itself while no film was made of it, else a new one. Raises Wrong.

    In an order by rule all ready shots are there again, with what a hand wished of each; by hand only those of the page.
    A version with a film goes on as its film is: its order is a hand's from now on, unless another rule or length is wished.
    `seen` is the mark of what the page was made from: where somebody else has changed the version since, it stays as it
    is, and these wishes are a version of their own: one, also when they are sent again because the answer was lost.
    """
    sequence = rows_in(wishes.get("rows"), montage)
    soundtrack = _soundtrack(wishes, montage)
    order = _one_of(wishes.get("order"), Montage.Order.values, Montage.Order.HAND)
    length = _one_of(wishes.get("length"), Montage.Length.values, montage.length)
    if (order, length) == (montage.order, montage.length) and film_of(montage):
        order = Montage.Order.HAND
    if order != Montage.Order.HAND:
        sequence = _by_rule(montage, order, sequence)
    fields = {
        "sequence": sequence,
        "order": order,
        "length": length,
        "style": _one_of(wishes.get("style"), STYLES, montage.style),
        "own_sound": _one_of(wishes.get("own_sound"), Montage.OwnSound.values, montage.own_sound),
        "soundtrack": soundtrack,
    }
    with write_gate(), transaction.atomic():
        now = Montage.objects.select_for_update(of=("self",)).select_related("challenge__event").get(pk=montage.pk)
        other = wishes.get("seen") not in (None, mark(now)) and not _wishes(now, fields)
        if other or is_kept(now):
            newest = now.challenge.montages.first()
            if newest and newest.pk != now.pk and newest.created_by == by and _wishes(newest, fields):
                return newest
            return editing.new_version(now.challenge, by=by, **fields)
        for name, value in fields.items():
            setattr(now, name, value)
        now.save(update_fields=[*fields])
        return now


def _by_rule(montage, order, sequence) -> list[dict]:
    """All ready shots in an order by rule, with what a hand wished of them: also the take of a place that it chose."""
    own = {row["clip"]: row for row in [*plans.todays(montage.sequence, montage.challenge), *sequence]}
    rows = Clip.objects.filter(team__challenge=montage.challenge).values_list("pk", "team_id", "slot")
    places = {pk: (team, slot) for pk, team, slot in rows}
    takes = {places[row["clip"]]: row for row in sequence if row.get("take")}
    here = {row["clip"] for row in sequence}
    found = []
    for row in editing.sequence_of(montage.challenge, order):
        take = None if row["clip"] in here else takes.get(places[row["clip"]])
        found.append(take or own.get(row["clip"], row))
    return found


def _wishes(montage, fields) -> bool:
    """Whether the version wishes just this."""
    return all(getattr(montage, name) == value for name, value in fields.items())


def mark(montage) -> str:
    """A name for what a version wishes as it is now: another one when anything of it was changed."""
    wishes = [montage.sequence, montage.order, montage.length, montage.style, montage.own_sound, montage.soundtrack_id]
    return hashlib.sha256(json.dumps(wishes, sort_keys=True).encode()).hexdigest()[:16]


def rows_in(rows, montage) -> list[dict]:
    """Rows from a page as a Montage keeps them: only shots of this challenge, each once, numbers in frames.

    A shot that was replaced or withdrawn since the page was loaded is the take of today, or is left out
    (`plans.left_out` names it). Raises Wrong.
    """
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS:
        raise Wrong("rows")
    own = dict(Clip.objects.filter(team__challenge=montage.challenge).values_list("pk", "caption"))
    own = (
        dict.fromkeys((row["clip"] for row in montage.sequence), "") | own
    )  # one that was erased is no lie of the page
    found, seen = [], set()
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("clip"), int):
            raise Wrong("row")
        if row["clip"] not in own or row["clip"] in seen:
            raise Wrong("clip")
        seen.add(row["clip"])
        kept: dict = {"clip": row["clip"]}
        for name in ("start", "length"):
            if isinstance(row.get(name), int) and 0 <= row[name] < 100_000:
                kept[name] = row[name]
        kept |= {name: True for name in ("lock", "mute", "take") if row.get(name) is True}
        caption = clean_text(str(row.get("caption", "")))[:60]
        found.append(kept | ({"caption": caption} if caption != own[row["clip"]] else {}))
    found = plans.todays(found, montage.challenge)
    if not found:
        raise Wrong("rows")
    return found


def _one_of(word, allowed, otherwise):
    return word if word in allowed else otherwise


def _soundtrack(wishes, montage) -> Soundtrack | None:
    """The wished music, its tempo set by hand when the page says one."""
    word = str(wishes.get("soundtrack", ""))
    event = montage.challenge.event
    if not word:
        return None
    if word.startswith("piece:"):
        try:
            return music.house_piece(event, word.removeprefix("piece:"))
        except KeyError:
            raise Wrong("piece") from None
    track = Soundtrack.objects.filter(event=event, pk=word).first() if word.isdecimal() else None
    if track is None:
        raise Wrong("soundtrack")
    bpm, offset = wishes.get("bpm"), wishes.get("offset")
    if "bpm" in wishes and wishes.get("tempo_of") == track.pk and not track.piece:
        if bpm is not None and not (isinstance(bpm, int | float) and SLOWEST_BY_HAND <= bpm <= FASTEST_BY_HAND):
            raise Wrong("bpm")
        if not isinstance(offset, int | float) or not -10 <= offset <= 60:
            raise Wrong("offset")
        Soundtrack.objects.filter(pk=track.pk).update(bpm=bpm, offset=offset)
        track.bpm, track.offset = bpm, offset
    return track


@dataclass(frozen=True)
class Row:
    """A shot on the board: what a hand wished (`row`), and where the plan has put it, in frames."""

    clip: Clip
    row: dict
    frames: int
    start: int
    length: int
    source: int
    on_beat: bool = False

    @property
    def caption(self):
        return self.row.get("caption", self.clip.caption)


def film_of(montage) -> Render | None:
    """The film that was made of the version, with the plan that it shows; the newest one."""
    return montage.renders.filter(is_draft=False).exclude(finished_at=None).exclude(plan={}).first()


def board(montage) -> tuple[list[Row], object | None]:
    """The shots in the film, and the plan, or None while nothing is ready.

    Of a version with a film they are that film's, whatever became of likes, takes and tempo since.
    """
    film = film_of(montage)
    if film:
        timeline = planner.Timeline.from_json(film.plan)
        return _filmed(montage, timeline), timeline
    rows = plans.rows_of(montage)
    try:
        timeline = plans.timeline_of(montage, rows)
    except Failed:
        return [], None
    wishes = {row["clip"]: row for row in plans.todays(montage.sequence, montage.challenge_id)}
    return [_row(rows[int(item.key)], wishes[int(item.key)], item) for item in timeline.shots], timeline


def _filmed(montage, timeline) -> list[Row]:
    """The rows of a film; a shot that was erased since then has none."""
    clips = plans.with_files(Clip.objects).in_bulk([int(item.key) for item in timeline.shots])
    wished = Clip.objects.in_bulk([row["clip"] for row in montage.sequence])
    by_clip = {row["clip"]: row for row in montage.sequence}
    by_place = {(c.team_id, c.slot): by_clip[c.pk] for c in wished.values()}  # the film may show a later take of it
    found = []
    for item in timeline.shots:
        clip = clips.get(int(item.key))
        if clip:
            wish = by_clip.get(clip.pk) or by_place.get((clip.team_id, clip.slot), {})
            said = {} if item.caption == clip.caption else {"caption": item.caption}
            kept = {name: value for name, value in wish.items() if name != "caption"}
            found.append(_row(clip, kept | said | {"clip": clip.pk}, item))
    return found


def _row(clip, wish, item) -> Row:
    return Row(clip, wish, plans.frames_of(clip), item.start, item.frames, item.source, item.on_beat)


def shown(montage) -> list[tuple[Clip, dict]]:
    """The shots in the film as they can be in the next one, and what a hand wished of each.

    Planned only where the plan may leave some out.
    """
    film = film_of(montage)
    if film:
        filmed = [row.row for row in _filmed(montage, planner.Timeline.from_json(film.plan))]
        sequence = plans.todays(filmed, montage.challenge_id)
        rows = plans.with_files(Clip.objects).in_bulk([row["clip"] for row in sequence])
        return [(rows[row["clip"]], row) for row in sequence]
    if montage.length != Montage.Length.ALL:
        return [(row.clip, row.row) for row in board(montage)[0]]
    rows, sequence = plans.rows_of(montage), plans.todays(montage.sequence, montage.challenge_id)
    wishes = {row["clip"]: row for row in sequence}
    found = [int(shot.key) for shot in planner.arranged(plans.shots_of(rows, sequence), montage.order)]
    return [(rows[pk], wishes[pk]) for pk in found]


def as_json(montage) -> dict:
    """What the page shows of the plan after a change."""
    rows, timeline = board(montage)
    return {
        "version": montage.number,
        "seen": mark(montage),
        "frames": timeline.frames if timeline else 0,  # type: ignore[attr-defined]
        "rows": [
            {"clip": r.clip.pk, "start": r.start, "length": r.length, "source": r.source, "on_beat": r.on_beat}
            for r in rows
        ],
        "beats": len(timeline.beats) if timeline else 0,  # type: ignore[attr-defined]
    }


def spare(montage, rows) -> list[Clip]:
    """Shots that could be in the film and are not, left out by a hand or for time: shots to swap in."""
    inside = [row.clip.pk for row in rows]
    rows = Clip.objects.standing().filter(team__challenge=montage.challenge).exclude(pk__in=inside)
    return list(rows.select_related("team").prefetch_related("renditions").order_by("team_id", "slot"))


def takes(montage, rows) -> list[Clip]:
    """Earlier takes of the film's places that can be swapped in, by place, the last ones first."""
    inside = {row.clip.pk for row in rows}
    found = [clip for clip in plans.earlier(montage.challenge) if clip.pk not in inside]
    return sorted(found, key=lambda clip: (clip.team_id, clip.slot))


def draft(montage) -> Render:
    """A small preview of the version as it is now; an older one of it that is still being made is stopped.

    Of each version the newest that is finished stays, to be looked at beside others.
    """
    older = montage.renders.filter(is_draft=True)
    with write_gate(), transaction.atomic():
        for job in Job.objects.filter(kind="render_montage", subject__in=older.values("pk"), state__in=Job.OPEN):
            jobs.cancel(job)
        done = older.exclude(finished_at=None).order_by("-pk").values_list("pk", flat=True)
        older.filter(pk__in=list(done)[1:]).delete()
        attempt = Render.objects.create(montage=montage, is_draft=True)
        jobs.enqueue(
            "render_montage",
            subject=attempt.pk,
            event=montage.challenge.event,
            key=f"draft:{attempt.pk}",
            queue="probe",  # the cutter waits for it: not behind films, nor behind the copies of everybody's shots
        )
        live.tell(montage.challenge.event, "film", audience="crew")
    return attempt


def last_film(montage) -> Render | None:
    """What can be watched of a version: its newest preview or film."""
    return montage.renders.exclude(finished_at=None).order_by("-finished_at").first()


def listening(montage) -> bool:
    """Whether the beats of its music are still looked for."""
    track = montage.soundtrack
    return track is not None and bool(track.file) and not track.heard


def last_draft(montage) -> tuple[Render | None, Render | None]:
    """`(the newest finished preview of this version, the one that is being made or has failed after it)`."""
    drafts = montage.renders.filter(is_draft=True).order_by("-pk")
    newest = drafts.first()
    done = drafts.exclude(finished_at=None).first()
    return done, newest if newest and newest.finished_at is None else None


@dataclass(frozen=True)
class Stands:
    """How a shot stands in a version: its place from 1, frames, and where known what else a hand can change of it."""

    clip: Clip
    place: int
    frames: int
    source: int | None = None
    start: int | None = None  # where a hand has put it
    mute: bool | None = None
    caption: str | None = None


@dataclass(frozen=True)
class Difference:
    """What became of a shot between two versions; None where it is not in it."""

    one: Stands | None
    two: Stands | None

    @property
    def clip(self) -> Clip:
        return (self.two or self.one).clip  # type: ignore[union-attr]

    @property
    def before(self) -> int | None:
        return self.one.place if self.one else None

    @property
    def after(self) -> int | None:
        return self.two.place if self.two else None

    @property
    def kinds(self) -> tuple[str, ...]:
        """All that is another, what weighs most first."""
        one, two = self.one, self.two
        if one is None or two is None:
            return ("added",) if one is None else ("gone",)
        known = one.source is not None and two.source is not None
        by_hand = one.start is not None or two.start is not None  # else it only makes room for what is beside it
        found = {
            "trimmed": one.frames != two.frames,
            "part": known and by_hand and one.source != two.source,
            "muted": known and bool(two.mute and not one.mute),
            "heard": known and bool(one.mute and not two.mute),
            "caption": known and one.caption != two.caption,
            "moved": one.place != two.place,
        }
        return tuple(kind for kind, is_so in found.items() if is_so)

    @property
    def kind(self) -> str:
        return self.kinds[0] if self.kinds else "same"

    @property
    def seconds(self) -> tuple[float | None, float | None]:
        return tuple(None if s is None else s.frames / FPS for s in (self.one, self.two))  # type: ignore[return-value]


def stands(montage) -> dict[int, Stands]:
    """The shots of a version by number: as in the film that was made of it, else as it is planned."""
    film = montage.renders.filter(is_draft=False).exclude(finished_at=None).first()
    if film is None or film.plan:
        rows, _timeline = board(montage)
        return {
            row.clip.pk: Stands(
                row.clip, place, row.length, row.source, row.row.get("start"), bool(row.row.get("mute")), row.caption
            )
            for place, row in enumerate(rows, 1)
        }
    clips = Clip.objects.select_related("team").in_bulk([row["clip"] for row in film.scenes])
    shown = enumerate(film.scenes, 1)
    return {row["clip"]: Stands(clips[row["clip"]], n, row["frames"]) for n, row in shown if row["clip"] in clips}


def compared(one, other) -> list[Difference]:
    """Two versions shot by shot, in the order of the second."""
    before, after = stands(one), stands(other)
    return [Difference(before.get(pk), after.get(pk)) for pk in [*after, *(pk for pk in before if pk not in after)]]
