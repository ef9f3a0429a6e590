"""What this app offers to the shared pages: scenes, slots, jobs. Imported once, when Django is ready."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cocreation import handing, music, needs, scenes, shots, team_cuts, teams, upkeep, uploads, work  # noqa: F401  (they register themselves)
from cocreation.models import Clip, SentAway, TeamWish
from cocreation.premiere import clock, credits_of
from events import forgetting, slots, ticking
from events.models import Job

# Kinds of jobs that keep a worker from the teams' shots and the film.
WORK = (*shots.KINDS, "unpack_zip", "render_montage", "pack_handover", "cut_for_team")


@slots.offer("event_page_side", order=20)
def theme(event, request, at):
    """The theme, on the event's page."""
    challenges = list(event.challenges.all())
    return slots.Piece("cocreation/slots/theme.html", {"challenges": challenges}) if challenges else None


@slots.offer("ticket", order=20)
def invitation(event, request, at):
    """Back to the team whose link was opened before there was a ticket."""
    team = teams.invited(event, request.COOKIES, request.attendee, at=at)
    return slots.Piece("cocreation/slots/invitation.html", {"invited": team}) if team else None


@slots.offer("live_actions", order=20)
def next_action(event, request, at):
    """What the phone offers next about the film."""
    challenge = teams.challenge_of(event, attendee=request.attendee)
    if challenge is None or request.attendee is None:
        return None
    url = teams.page_of(challenge)
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
    return _missing(team, request.attendee, url, at)


def _missing(team, attendee, url, at):
    from cocreation.models import Team

    team = Team.objects.with_shots().select_related("challenge").get(pk=team.pk)
    places = shots.of(team)
    waiting = [upload for upload in team.uploads.all() if upload.finished_at is None and not upload.is_moving(at)]
    own = [upload for upload in waiting if upload.attendee_id == attendee.pk]
    if own:
        return _on_its_way(own[0], attendee, url)
    bad = [shot.slot for shot in places if shot.state == "bad" and not shot.upload]
    if bad:
        return slots.Action(
            "film", _("Shot %(n)d needs a fix") % {"n": bad[0]}, _("It says what to change"), url, urgent=True, order=15
        )
    if waiting:
        return _on_its_way(waiting[0], attendee, url)
    missing = [shot.slot for shot in places if not shot.state]
    if not missing:
        return None
    closes = team.challenge.closes_at
    until = _("until %(time)s") % {"time": team.event.local(closes).strftime("%H:%M")} if closes else team.shown_name
    return slots.Action("film", _("Your team misses shot %(n)d") % {"n": missing[0]}, until, url, order=20)


def _on_its_way(upload, attendee, url):
    """A shot that does not come any further: on whose phone it is, and how it goes on."""
    sent = {"done": upload.megabytes[0], "all": upload.megabytes[1]}
    if upload.attendee_id == attendee.pk:
        title = _("Shot %(n)d is still on this phone") if upload.slot else _("Your zip is still on this phone")
        detail = _("%(done)d of %(all)d MB sent. Open the page and it goes on")
        return slots.Action("film", title % {"n": upload.slot}, detail % sent, url, urgent=True, order=16)
    title = _("Shot %(n)d is on %(name)s’s phone") if upload.slot else _("A zip is on %(name)s’s phone")
    told = {"n": upload.slot, "name": upload.attendee.name}
    return slots.Action("film", title % told, _("%(done)d of %(all)d MB sent") % sent, url, order=20)


@slots.offer("dashboard_side", order=20)
def card(event, request, at):
    """Teams and shots at a glance, those of all themes."""
    challenges = list(event.challenges.all())
    if not challenges:
        return None
    rows = shots.wall(*challenges)[:16]
    closes = min((one.closes_at for one in challenges if one.closes_at), default=None)
    return slots.Piece("cocreation/slots/card.html", {"closes_at": closes, "rows": rows})


@slots.offer("dashboard_vitals", order=20)
def vitals(event, request, at):
    """How many shots are there, and what the workers still do on them."""
    challenges = list(event.challenges.all())
    if not challenges:
        return None
    counts = shots.tally(shots.wall(*challenges))
    rows = Job.objects.filter(event=event, kind__in=WORK)
    counts["running"] = rows.filter(state=Job.State.RUNNING).count()
    counts["queued"] = rows.filter(state=Job.State.WAITING).count()
    counts["percent"] = 100 * counts["ready"] // counts["of"] if counts["of"] else 0
    return slots.Piece("cocreation/slots/vitals.html", counts)


@slots.offer("recap", order=20)
def recap(event, request, at):
    """The films of all themes, and who made them."""
    themes = list(event.challenges.all())
    films = [(theme, film, clock(film.seconds), credits_of(theme)) for theme in themes if (film := theme.film)]
    return slots.Piece("cocreation/slots/recap.html", {"films": films, "several": len(themes) > 1}) if films else None


@slots.offer("recap_counts", order=20)
def own_shots(event, request, at):
    if request.attendee is None:
        return None
    own = Clip.objects.current().filter(team__event=event, team__members__attendee=request.attendee)
    return own.filter(state=Clip.State.READY).count(), _("shots")


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
    SentAway.objects.filter(attendee=attendee).delete()
    Clip.objects.filter(sender=attendee).update(sender=None)


@forgetting.also_export
def export(attendee):
    """Teams and shots of the person."""
    rows = attendee.clips.select_related("team")
    words = ("title", "caption", "prompt", "tool", "model", "seed", "may_publish")
    places = attendee.team_places.select_related("team")
    return {
        "taken_out_of": list(SentAway.objects.filter(attendee=attendee).values_list("team__code", flat=True)),
        "teams": [[place.team.code, place.team.name, place.joined_at.isoformat()] for place in places],
        "shots": [
            [clip.team.code, clip.slot, clip.received_at.isoformat(), *(getattr(clip, name) for name in words)]
            for clip in rows
        ],
    }


@slots.offer("thanks_counts", order=20)
def made_together(event, request, at):
    """Teams and shots of the day, on the stage's last picture."""
    if not event.challenges.exists():
        return None
    ready = Clip.objects.current().filter(team__event=event, state=Clip.State.READY).count()
    return [(event.teams.count(), pgettext("count", "teams")), (ready, _("shots"))]


@slots.offer("without_team")
def without_team(event, request, at):
    """Who asked to be put into a team and has none: their table sees it."""
    return list(TeamWish.objects.filter(challenge__event=event).values_list("attendee", flat=True))
