"""What this app offers to the shared pages: scenes, slots, jobs. Imported once, when Django is ready."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cocreation import handing, music, scenes, shots, team_cuts, teams, upkeep, uploads, work  # noqa: F401  (they register themselves)
from cocreation.models import Clip, TeamWish
from cocreation.premiere import clock, credits_of
from events import forgetting, slots, ticking
from events.models import Job


@slots.offer("event_page_side", order=20)
def theme(event, request, at):
    """The theme, on the event's page."""
    challenge = teams.challenge_of(event)
    return slots.Piece("cocreation/slots/theme.html", {"challenge": challenge}) if challenge else None


@slots.offer("live_actions", order=20)
def next_action(event, request, at):
    """What the phone offers next about the film."""
    challenge = teams.challenge_of(event)
    if challenge is None or request.attendee is None:
        return None
    url = reverse("cocreation:film", args=[event.slug])
    film = challenge.film
    if film:
        return slots.Action(
            "film",
            _("The film is here"),
            _("%(length)s, with your shots marked") % {"length": clock(film.seconds)},
            url,
            order=20,
        )
    if not challenge.accepts_shots(at) or not event.is_running(at):
        return None
    team = teams.team_of(challenge, request.attendee)
    if team is None:
        return slots.Action("film", _("Find a team for the film"), _("Four letters, or make your own"), url, order=25)
    return _missing(team, url)


def _missing(team, url):
    from cocreation.models import Team

    places = shots.of(Team.objects.with_shots().select_related("challenge").get(pk=team.pk))
    bad = [shot.slot for shot in places if shot.state == "bad"]
    if bad:
        return slots.Action(
            "film", _("Shot %(n)d needs a fix") % {"n": bad[0]}, _("It says what to change"), url, urgent=True, order=15
        )
    missing = [shot.slot for shot in places if not shot.state]
    if not missing:
        return None
    closes = team.challenge.closes_at
    until = _("until %(time)s") % {"time": team.event.local(closes).strftime("%H:%M")} if closes else team.shown_name
    return slots.Action("film", _("Your team misses shot %(n)d") % {"n": missing[0]}, until, url, order=20)


@slots.offer("needs", order=30)
def needs(event, request, at):
    """Shots to mend, a film that could not be made, a disk that fills."""
    desk = reverse("cocreation:desk", args=[event.slug])
    found = []
    portrait = Clip.objects.ready().filter(team__event=event, again_at=None).select_related("team")
    for clip in [clip for clip in portrait if clip.is_portrait][:2]:
        found.append(
            slots.Need(
                "info",
                "film",
                _("%(code)s shot %(n)d is portrait") % {"code": clip.team.code, "n": clip.slot},
                _("It would be pillar-boxed in the film"),
                reverse("cocreation:ask_again", args=[event.slug, clip.pk]),
                _("Ask again"),
                method="post",
                cost=15,
            )
        )
    refused = Clip.objects.current().filter(team__event=event, state=Clip.State.REFUSED).select_related("team")
    for clip in refused[:2]:
        found.append(
            slots.Need(
                "warn",
                "film",
                _("%(code)s shot %(n)d needs a fix") % {"code": clip.team.code, "n": clip.slot},
                shots.Shot(clip.slot, clip).reason,
                desk,
                _("Look"),
                owner=clip.team.code,
                cost=35,
            )
        )
    last = Job.objects.filter(kind="render_montage", event=event).order_by("-pk").first()
    if last and last.state == Job.State.FAILED:
        found.append(
            slots.Need("bad", "film", _("The film could not be made"), last.error[:160], desk, _("Look"), cost=80)
        )
    if uploads.free_bytes() < 2**30:
        found.append(
            slots.Need(
                "bad",
                "alert",
                _("The disk is nearly full"),
                _("Uploads stop at %(mb)d MB") % {"mb": max(0, uploads.free_bytes() // 2**20)},
                desk,
                _("Look"),
                cost=90,
            )
        )
    return found


@slots.offer("dashboard_side", order=20)
def card(event, request, at):
    """Teams and shots at a glance."""
    challenge = teams.challenge_of(event)
    if challenge is None:
        return None
    return slots.Piece("cocreation/slots/card.html", {"challenge": challenge, "rows": shots.wall(challenge)[:16]})


@slots.offer("dashboard_vitals", order=20)
def vitals(event, request, at):
    """How many shots are there, and what the workers still do on them."""
    challenge = teams.challenge_of(event)
    if challenge is None:
        return None
    counts = shots.tally(shots.wall(challenge))
    rows = Job.objects.filter(event=event, kind__in=["probe_clip", "make_proxy", "upscale_clip"])
    counts["running"] = rows.filter(state=Job.State.RUNNING).count()
    counts["queued"] = rows.filter(state=Job.State.WAITING).count()
    counts["percent"] = 100 * counts["ready"] // counts["of"] if counts["of"] else 0
    return slots.Piece("cocreation/slots/vitals.html", counts)


@slots.offer("recap", order=20)
def recap(event, request, at):
    """The film, and who made it."""
    challenge = teams.challenge_of(event)
    film = challenge.film if challenge else None
    if film is None:
        return None
    return slots.Piece(
        "cocreation/slots/recap.html",
        {"film": film, "challenge": challenge, "duration": clock(film.seconds), "makers": credits_of(challenge)},
    )


@slots.offer("recap_counts", order=20)
def own_shots(event, request, at):
    if request.attendee is None:
        return None
    return Clip.objects.ready().filter(team__event=event, team__members__attendee=request.attendee).count(), _("shots")


@ticking.every_tidy
def tidy(at):
    """Uploads that nobody went on with."""
    uploads.tidy(at)


@forgetting.also_forget
def unlink(attendee):
    """Shots stay in the film, without the person."""
    for upload in uploads.Upload.objects.open().filter(attendee=attendee):
        uploads.give_up(upload)
    for place in list(attendee.team_places.select_related("challenge")):
        teams.leave(place.challenge, attendee)
    TeamWish.objects.filter(attendee=attendee).delete()
    Clip.objects.filter(sender=attendee).update(sender=None)


@forgetting.also_export
def export(attendee):
    """Teams and shots of the person."""
    rows = attendee.clips.select_related("team")
    words = ("title", "caption", "prompt", "tool", "model", "seed", "may_publish")
    places = attendee.team_places.select_related("team")
    return {
        "teams": [[place.team.code, place.team.name, place.joined_at.isoformat()] for place in places],
        "shots": [
            [clip.team.code, clip.slot, clip.received_at.isoformat(), *(getattr(clip, name) for name in words)]
            for clip in rows
        ],
    }


@slots.offer("thanks_counts", order=20)
def made_together(event, request, at):
    """Teams and shots of the day, on the stage's last picture."""
    challenge = teams.challenge_of(event)
    if challenge is None:
        return None
    shots_ready = Clip.objects.current().ready().filter(team__challenge=challenge).count()
    return [(challenge.teams.count(), pgettext("count", "teams")), (shots_ready, _("shots"))]
