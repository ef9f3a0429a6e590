"""From the desk's wishes to a film: versions, their order, renders, publishing."""

import contextlib

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from cocreation import planner, plans, remarks
from cocreation.models import Challenge, Clip, Montage, Render
from events import jobs, live
from events.db import write_gate
from events.models import Job


class Refused(Exception):
    """What was asked cannot be done; the text says why, for people."""


def sequence_of(challenge, order) -> list[dict]:
    """Ready shots of all teams in the wished order, as the plan starts from."""
    rows = list(
        Clip.objects.standing()
        .filter(team__challenge=challenge)
        .select_related("team")
        .prefetch_related("renditions")
        .order_by("team_id", "slot")
    )
    if order == Montage.Order.FLOW:
        plans.look_for_flow(rows)
    return [{"clip": int(shot.key)} for shot in planner.arranged([plans.shot_of(clip) for clip in rows], order)]


def new_version(
    challenge, *, by=None, order="team", length="all", style="express", soundtrack=None, sequence=None, own_sound="over"
) -> Montage:
    """The next version of the film."""
    if sequence is None:
        sequence = sequence_of(challenge, order)
    with write_gate(), transaction.atomic():
        challenge.event.challenges.select_for_update().get(pk=challenge.pk)
        number = (challenge.montages.aggregate(n=Max("number"))["n"] or 0) + 1
        return Montage.objects.create(
            challenge=challenge,
            number=number,
            order=order,
            length=length,
            style=style,
            soundtrack=soundtrack,
            own_sound=own_sound,
            sequence=sequence,
            created_by=by,
        )


def render(montage) -> Render:
    """Have the montage made into a file; one film at a time a challenge."""
    with write_gate(), transaction.atomic():
        attempt = Render.objects.create(montage=montage)
        key = f"render_montage:{montage.challenge_id}"
        job = jobs.enqueue("render_montage", subject=attempt.pk, event=montage.challenge.event, key=key)
        if job is None:
            attempt.delete()
            raise Refused
        live.tell(montage.challenge.event, "film", audience="crew")
    return attempt


def without(attempt, *, by=None) -> Montage:
    """The version once more, without the shots that stopped the attempt."""
    found = attempt.montage
    return copy_of(found, left_without(attempt), by=by, order=found.order)


def left_without(attempt) -> list[dict]:
    """What is left of the version when the shots that stopped the attempt go."""
    standing = plans.todays(attempt.montage.sequence, attempt.montage.challenge_id)
    return [row for row in standing if row["clip"] not in attempt.stopped_by]


def copy_of(found, sequence, *, by=None, order="hand") -> Montage:
    """A new version with another sequence and the same wishes."""
    return new_version(
        found.challenge,
        by=by,
        order=order,
        length=found.length,
        style=found.style,
        own_sound=found.own_sound,
        soundtrack=found.soundtrack,
        sequence=sequence,
    )


def job_of(attempt) -> Job | None:
    """The job that makes this render."""
    return Job.objects.filter(kind="render_montage", subject=attempt.pk).order_by("-pk").first()


def withheld(attempt) -> list[Clip]:
    """Shots in the film that their team does not want published.

    Consent is the place's: for a take that was replaced, the one that holds its place today says it. An empty place has
    been taken back.
    """
    shown = Clip.objects.filter(pk__in=[row["clip"] for row in attempt.scenes]).select_related("team")
    teams = {clip.team_id for clip in shown}
    today = Clip.objects.current().filter(team__in=teams).values_list("team_id", "slot", "may_publish")
    agreed = {(team, slot) for team, slot, may in today if may}
    return [clip for clip in shown if not clip.may_publish or (clip.team_id, clip.slot) not in agreed]


@contextlib.contextmanager
def public_film_of(challenge_id):
    """One change at a time of what everybody sees of a theme: the gate, a transaction, the theme's row locked.

    Two editors who publish at once would each find no film that has to make room. Locks are taken in this order: the
    theme, its films, the counter of the live updates.
    """
    with write_gate(), transaction.atomic():
        Challenge.objects.select_for_update(no_key=True).only("pk").get(pk=challenge_id)
        yield


def publish(attempt, *, at=None) -> None:
    """The premiere: from now on everybody sees this version, and no other. Raises Refused for a shot without consent.

    A draft, or one that is not made, leaves everything as it is.
    """
    if attempt.is_draft or attempt.finished_at is None:
        return
    held = withheld(attempt)
    if held:
        Render.objects.filter(pk=attempt.pk).update(stopped_by=[clip.pk for clip in held])
        live.tell(attempt.montage.challenge.event, "film", audience="crew")
        raise Refused(", ".join(str(clip) for clip in held))
    challenge = attempt.montage.challenge
    with public_film_of(challenge.pk):
        films = Render.objects.select_for_update().filter(is_draft=False).exclude(finished_at=None)
        shown = films.get(pk=attempt.pk)  # a draft takes nobody's place
        others = Render.objects.filter(montage__challenge=challenge).exclude(pk=attempt.pk)
        give_way(others.exclude(published_at=None))
        log = remarks.replaced(shown, False)
        Render.objects.filter(pk=shown.pk).update(published_at=at or timezone.now(), log=log)
        live.tell(challenge.event, "film", render=attempt.pk)


def give_way(shown) -> int:
    """Films that everybody saw make room for another one; returns how many. Who has one open may see it to its end."""
    films = list(shown.select_for_update(of=("self",)))
    for film in films:
        Render.objects.filter(pk=film.pk).update(published_at=None, log=remarks.replaced(film, True))
    return len(films)


def unpublish(attempt, *, public=False) -> Render | None:
    """Take the film back, with all whose place it took: nobody sees any of them any more.

    `public`: whichever film of the theme is public now, as this one may have been made again since somebody looked.
    Returns the film that was public and is not any more.
    """
    challenge = attempt.montage.challenge
    with public_film_of(challenge.pk):
        films = Render.objects.filter(montage__challenge=challenge).select_related("montage")
        for film in films.select_for_update(of=("self",)).filter(log__contains=remarks.REPLACED["code"]):
            Render.objects.filter(pk=film.pk).update(log=remarks.replaced(film, False))
        shown = films.exclude(published_at=None)
        taken = list(shown if public else shown.filter(pk=attempt.pk))
        Render.objects.filter(pk__in=[film.pk for film in taken]).update(published_at=None)
        live.tell(challenge.event, "film")
    return taken[0] if taken else None


def is_public(attempt) -> bool:
    """Whether everybody may see this film: the published one, or one whose place it took, for those who have it open.

    Not that one when a shot of it was erased or is not to be published now.
    """
    if attempt.published_at:
        return True
    if remarks.REPLACED not in remarks.rows_of(attempt) or attempt.montage.challenge.film is None:
        return False
    clips = {row["clip"] for row in attempt.scenes}
    return Clip.objects.filter(pk__in=clips).count() == len(clips) and not withheld(attempt)


def resequenced(sequence, posted) -> list[dict]:
    """The plan's order with the desk's changes: `move-3=up`, `mute-3`, `drop-3`, `order=3,1,2`."""
    rows = {row["clip"]: dict(row) for row in sequence}
    order = [int(pk) for pk in posted.get("order", "").split(",") if pk.isdecimal() and int(pk) in rows]
    order += [pk for pk in rows if pk not in order]
    for pk in list(order):
        if posted.get("up") == str(pk) and order.index(pk) > 0:
            place = order.index(pk)
            order[place - 1], order[place] = order[place], order[place - 1]
        if posted.get("drop") == str(pk):
            order.remove(pk)
        if posted.get("mute") == str(pk):
            rows[pk]["mute"] = not rows[pk].get("mute")
    return [rows[pk] for pk in order]
