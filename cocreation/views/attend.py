"""Co-creation on the phone: the film tab, the team, one shot, the wall."""

import re

from django.conf import settings
from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cocreation import premiere, refusals, shots, teams, uploads
from cocreation.forms import ShotForm
from cocreation.models import Clip, Part, Team, TeamMember
from events.access import anyone, attendee_only


@anyone
def film(request, event):
    """The tab: the team's shots before the premiere, the film after it."""
    now = timezone.now()
    challenge = asked(request, event)
    shown = challenge.film if challenge else None
    context = {"at": now, "challenge": challenge, "challenges": list(event.challenges.all()), "tab": "team"}
    part = "X-Fragment" in request.headers  # a page that was opened before the premiere: it says that there is a film
    if shown and "team" not in request.GET and not part:
        return render(request, "cocreation/film.html", context | premiere.page(shown, request.attendee))
    context |= team_page(challenge, request.attendee, now) | {"film": shown}
    context["invited"] = teams.invited(event, request.COOKIES, request.attendee, at=now)
    return render(request, "cocreation/team_body.html" if part else "cocreation/team.html", context)


def asked(request, event):
    """The challenge that the page or the form names, else the attendee's own, else the first."""
    wanted = request.POST.get("challenge") or request.GET.get("challenge", "")
    return teams.challenge_of(event, wanted, request.attendee)


def tab(event, challenge):
    """Where somebody goes on who did something for their team: the film tab, at the team also when its film is there."""
    if challenge is None:
        return reverse("cocreation:film", args=[event.slug])
    address = teams.page_of(challenge)
    return f"{address}{'&' if '?' in address else '?'}team" if challenge.film else address


def team_page(challenge, attendee, now):
    """What the film tab shows before the premiere."""
    mine = teams.team_of(challenge, attendee)
    context = {"team": mine, "open": bool(challenge) and challenge.accepts_shots(now), "chunk": uploads.CHUNK}
    if mine:
        mine = Team.objects.with_shots().select_related("challenge").get(pk=mine.pk)
        current = [clip.pk for clip in mine.clips.all() if clip.withdrawn_at is None]
        places = shots.of(mine, work=shots.work_on(current, at=now))
        zips = [upload for upload in mine.uploads.all() if upload.slot == 0]
        zipped = zips[-1] if zips else None
        unpacking = shots.work_on_zip(zipped, at=now)
        context |= {
            "team": mine,
            "shots": places,
            "members": list(mine.members.all()),
            "zipped": zipped,
            "unpacking": unpacking,
            "told": refusals.of_archive(zipped.unpacked) if zipped else [],
            "working": bool(unpacking) or any(place.state == "up" or place.upload or place.work for place in places),
        }
    elif challenge and attendee:
        context["looking"] = teams.with_room(challenge)[:6]
        context["wish"] = challenge.wishes.filter(attendee=attendee).first()
        context["waiting"] = challenge.wishes.count()
        context["parts"] = Part.choices
    return context


@attendee_only
def team(request, event):
    """The team's own page: code and link, people; for its captain also name, whom it looks for, hand-over."""
    challenge = asked(request, event)
    mine = teams.team_of(challenge, request.attendee)
    if mine is None:
        return redirect(tab(event, challenge))
    captain = mine.captain_id in (None, request.attendee.pk)
    if request.method == "POST":
        if not captain:
            raise Http404
        if (again := request.POST.get("again", "")).isdecimal():
            teams.let_in_again(mine, int(again))
            return redirect(f"{request.path}?challenge={challenge.pk}")
        try:
            teams.rename(
                mine, request.POST.get("name", ""), request.POST.get("looking_for", ""), request.POST.getlist("part")
            )
        except teams.Refused as reason:
            messages.error(request, str(reason))
        else:
            return redirect(tab(event, challenge))
    context = {
        "team": mine,
        "challenge": challenge,
        "captain": captain,
        "parts": Part.choices,
        "members": mine.members.select_related("attendee"),
        "sent_away": mine.sent_away.select_related("attendee") if captain else [],
        "link": request.build_absolute_uri(reverse("cocreation:join", args=[event.slug, mine.code])),
    }
    return render(request, "cocreation/team_settings.html", context)


def _then(request, event, act, challenge=None):
    """Do it, or say why not; back to the tab."""
    try:
        done = act()
    except teams.Refused as reason:
        messages.error(request, str(reason))
    else:
        if isinstance(done, str):
            messages.success(request, done)
    return redirect(tab(event, challenge))


@require_POST
@attendee_only
def make_team(request, event):
    """Make a team."""
    challenge = asked(request, event)
    if challenge is None:
        raise Http404
    name = request.POST.get("name", "")
    return _then(request, event, lambda: teams.make(challenge, request.attendee, name), challenge)


@require_POST
@attendee_only
def find_me(request, event):
    """Put me into a team; or, with `stop`, no longer."""
    challenge = asked(request, event)
    if challenge is None:
        raise Http404
    if not challenge.accepts_shots(timezone.now()):  # it passed while the page was open
        messages.error(request, _("The deadline has passed."))
        return redirect(tab(event, challenge))

    def act():
        if "stop" in request.POST:
            return teams.wish_no_more(challenge, request.attendee)
        found = teams.wish(challenge, request.attendee, request.POST.get("part", ""), at=timezone.now())
        return _("You are in %(team)s now.") % {"team": found.shown_name} if found else None

    return _then(request, event, act, challenge)


@require_POST
@attendee_only
def captain(request, event, member):
    """The captain hands the team over to somebody of it, or sends somebody away."""
    place = get_object_or_404(
        TeamMember.objects.select_related("team__event", "attendee"), pk=member, team__event=event
    )
    mine = place.team
    if mine.captain_id != request.attendee.pk:
        raise Http404
    act = teams.send_away if "away" in request.POST else teams.hand_over
    try:
        act(mine, place.attendee)
    except teams.Refused as reason:
        messages.error(request, str(reason))
    return redirect(f"{reverse('cocreation:team', args=[event.slug])}?challenge={mine.challenge_id}")


@require_POST
@attendee_only
def leave(request, event):
    """Leave the team; the shots stay."""
    challenge = asked(request, event)
    return _then(request, event, lambda: teams.leave(challenge, request.attendee), challenge)


@require_POST
@attendee_only
def find_team(request, event):
    """Join by four letters that were typed, or a link that was pasted; then the page of that team's theme."""
    code = re.sub(r"[?#].*", "", "".join(request.POST.getlist("code"))).rstrip("/").rsplit("/", 1)[-1]
    try:
        found = teams.find(event, code)
        teams.join(found, request.attendee)
    except teams.Refused as reason:
        messages.error(request, str(reason))
        return redirect(tab(event, asked(request, event)))
    messages.success(request, _("You are in %(team)s now.") % {"team": found.shown_name})
    return _without_invitation(request, event, found, redirect(tab(event, found.challenge)))


@anyone
@never_cache
def join(request, event, code):
    """The link that a teammate sent. Who has no ticket yet gets one first; this browser remembers the team until then."""
    found = get_object_or_404(event.teams.with_shots().select_related("challenge"), code=code.upper())
    if request.attendee is None or request.attendee.forgotten_at:
        return _invited(request, event, found)
    if request.method == "POST":
        answer = _then(request, event, lambda: teams.join(found, request.attendee), found.challenge)
        return _without_invitation(request, event, found, answer)
    if found.has(request.attendee):
        return redirect(tab(event, found.challenge))
    mine = teams.team_of(found.challenge, request.attendee)
    members = list(found.members.all())
    return render(request, "cocreation/join.html", {"team": found, "mine": mine, "members": members, "tab": "team"})


def _without_invitation(request, event, team, answer):
    """Who has joined the team is waited for no longer, also when they leave it one day."""
    if request.COOKIES.get(teams.INVITED) == team.code and team.has(request.attendee):
        answer.delete_cookie(teams.INVITED, path=reverse("events:event", args=[event.slug]), samesite="Lax")
    return answer


def _invited(request, event, team):
    """The way to a ticket and to the log-in; of the team nothing is told but the letters that were in the link."""
    if request.method == "POST":
        return redirect(request.path)
    response = render(request, "cocreation/invited.html", {"code": team.code, "tab": "team"})
    path = reverse("events:event", args=[event.slug])
    month = 30 * 24 * 3600
    response.set_cookie(
        teams.INVITED, team.code, max_age=month, path=path, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response


def clip_of(event, pk, clips=None):
    """A shot of the event, or 404; a current one where no other `clips` are given."""
    rows = Clip.objects.current() if clips is None else clips
    rows = rows.select_related("team__event", "team__challenge").prefetch_related("renditions")
    return get_object_or_404(rows, pk=pk, team__event=event)


@attendee_only
def shot(request, event, clip):
    """One shot: look, compare, and for its team: words, place, withdrawal."""
    found = clip_of(event, clip, Clip.objects.all())
    if found.withdrawn_at:
        return _of_the_place(request, event, found)
    mine = found.team.has(request.attendee)
    form = ShotForm(request.POST or None, instance=found) if mine else None
    if request.method == "POST" and form and form.is_valid():
        shots.describe(found, form.changed())
        return redirect(tab(event, found.team.challenge))
    liked = found.likes.filter(attendee=request.attendee).exists()
    context = {
        "clip": found,
        "shot": shots.Shot(found.slot, found, work=shots.work_on([found.pk], at=timezone.now()).get(found.pk, "")),
        "mine": mine,
        "form": form,
        "liked": liked,
        "tab": "team",
        "open": found.team.challenge.accepts_shots(timezone.now()),
        "places": [n for n in range(1, found.team.challenge.shots + 1) if n != found.slot],
    }
    part = "X-Fragment" in request.headers
    return render(request, "cocreation/shot_picture.html" if part else "cocreation/shot.html", context)


def _of_the_place(request, event, replaced):
    """The take that stands where this one stood; words that belong to the place are kept for it."""
    heir = shots.heir_of(replaced)
    if heir is None:
        raise Http404
    if request.method == "POST" and replaced.team.has(request.attendee):
        form = ShotForm(request.POST, instance=replaced)
        if form.is_valid():
            shots.describe(heir, {name: said for name, said in form.changed().items() if name in shots.OF_THE_PLACE})
            words = _("Meanwhile a teammate has sent another take. Title, caption and consent are saved for it.")
            messages.info(request, words)
        else:
            messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("cocreation:shot", event.slug, heir.pk)


def _own(request, event, clip):
    """The shot, if it is the attendee's team's, else 404; and whether the deadline has passed, which is then said."""
    found = clip_of(event, clip)
    if not found.team.has(request.attendee):
        raise Http404
    late = not found.team.challenge.accepts_shots(timezone.now())
    if late:  # it passed while the page was open
        messages.error(request, _("The deadline has passed. Shots stay as they are."))
    return found, late


@require_POST
@attendee_only
def withdraw(request, event, clip):
    """Take a shot back."""
    found, late = _own(request, event, clip)
    if not late:
        shots.withdraw(found, at=timezone.now())
    return redirect(tab(event, found.team.challenge))


@require_POST
@attendee_only
def move(request, event, clip):
    """Change the order of the team's shots."""
    found, late = _own(request, event, clip)
    to = request.POST.get("to", "")
    wanted = int(to) if to.isdecimal() else 0
    if late or not 1 <= wanted <= found.team.challenge.shots:
        return redirect(tab(event, found.team.challenge))
    return _then(request, event, lambda: shots.move(found, wanted), found.team.challenge)


@require_POST
@attendee_only
def like(request, event, clip):
    """Like a shot, or take it back."""
    found = clip_of(event, clip)
    liked = shots.like(found, request.attendee)
    if request.headers.get("Accept", "").startswith("application/json"):
        found.refresh_from_db(fields=["likes_count"])
        return JsonResponse({"liked": liked, "count": found.likes_count})
    wall = reverse("cocreation:wall", args=[event.slug])
    return redirect(f"{wall}?challenge={found.team.challenge_id}#shot-{found.pk}")


@attendee_only
def wall(request, event):
    """All teams' shots, or with `?mine` those of the attendee's team, and those that they sent for another one."""
    challenge = asked(request, event)
    rows = shots.wall(challenge) if challenge else []
    mine = teams.team_of(challenge, request.attendee)
    own = shots.own(rows, mine, request.attendee)
    only = "mine" in request.GET and bool(own)
    liked = set(
        request.attendee.event.teams.filter(clips__likes__attendee=request.attendee).values_list("clips__pk", flat=True)
    )
    context = {
        "challenge": challenge,
        "challenges": list(event.challenges.all()),
        "rows": own if only else rows,
        "tally": shots.tally(own if only else rows),
        "liked": liked,
        "mine": mine,
        "own": own,
        "only": only,
        "tab": "team",
    }
    part = "X-Fragment" in request.headers
    return render(request, "cocreation/wall_body.html" if part else "cocreation/wall.html", context)
