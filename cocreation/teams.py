"""Making, joining, matching and leaving teams."""

import contextlib
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from cocreation import matching, uploads
from cocreation.matching import Room, Seeker
from cocreation.models import Challenge, Part, SentAway, Team, TeamMember, TeamWish
from cocreation.models.team import COLOURS, free_code
from events import admission, live, ticking
from events.db import write_gate
from events.text import clean_text, graphemes

LONGEST_NAME = 16


class Refused(Exception):
    """What was asked cannot be done; the text says why, for people."""


def challenge_of(event, wanted="", attendee=None) -> Challenge | None:
    """The challenge that a page is about: the one asked for by its id, the one of the attendee's team, the first."""
    if str(wanted).isascii() and str(wanted).isdigit():
        asked = event.challenges.filter(pk=int(wanted)).first()
        if asked:
            return asked
    if attendee is not None and event.challenges.count() > 1:
        place = TeamMember.objects.filter(attendee=attendee, challenge__event=event).order_by("-joined_at").first()
        if place:
            return place.challenge
    return event.challenges.first()


def page_of(challenge) -> str:
    """The address of the challenge's own film tab: named where the event has several."""
    place = reverse("cocreation:film", args=[challenge.event.slug])
    return f"{place}?challenge={challenge.pk}" if challenge.event.challenges.count() > 1 else place


def desk_of(challenge) -> str:
    """The address of the challenge's film desk."""
    place = reverse("cocreation:desk", args=[challenge.event.slug])
    return f"{place}?challenge={challenge.pk}" if challenge.event.challenges.count() > 1 else place


def team_of(challenge, attendee) -> Team | None:
    """The attendee's team in this challenge."""
    if challenge is None or attendee is None:
        return None
    return Team.objects.filter(challenge=challenge, members__attendee=attendee).first()


def named(name) -> str:
    """A name for a team, cleaned; raises Refused when nothing is left or it is too long."""
    name = clean_text(name)
    if not name:
        raise Refused(_("A team needs a name that can be read."))
    if len(graphemes(name)) > LONGEST_NAME:
        raise Refused(_("%(n)d characters, at most %(most)d") % {"n": len(graphemes(name)), "most": LONGEST_NAME})
    return name


def make(challenge, attendee, name) -> Team:
    """A new team with its captain; they leave the team that they were in. Raises Refused."""
    _comes(attendee)
    name = named(name)
    with write_gate(), transaction.atomic():
        event = challenge.event
        _leave(challenge, attendee)
        colour = event.teams.count() % COLOURS + 1
        for _attempt in range(5):
            try:
                with transaction.atomic():
                    team = Team.objects.create(
                        event=event,
                        challenge=challenge,
                        code=free_code(event),
                        name=name,
                        colour=colour,
                        captain=attendee,
                    )
                break
            except IntegrityError:  # another team took the code in this instant
                continue
        else:
            raise Refused(_("Too many teams at once. Try again."))
        TeamMember.objects.create(team=team, challenge=challenge, attendee=attendee)
        TeamWish.objects.filter(challenge=challenge, attendee=attendee).delete()
        live.tell(event, "teams", team=team.code)
    return team


def _comes(attendee) -> None:
    """Raise Refused for somebody whose registration is over."""
    if attendee.status in admission.OVER:
        raise Refused(_("Your registration is over: teams and shots are for those who come."))


def find(event, code) -> Team:
    """The team with this code; raises Refused with a sentence that helps."""
    code = clean_text(code).upper().replace(" ", "")[-4:]
    team = event.teams.select_related("challenge").filter(code=code).first()
    if team is None:
        raise Refused(_("No team has the code %(code)s. It stands on a teammate's phone.") % {"code": code or "····"})
    return team


INVITED = "nextstop_team"  # the cookie that holds the letters of a team whose link was opened without a ticket


def invited(event, cookies, attendee, *, at) -> Team | None:
    """The team whose link this browser has opened before its owner had a ticket, as long as they may join it.

    None for who has a team of that theme, this one or another.
    """
    code = cookies.get(INVITED, "")
    if attendee is None or attendee.status in admission.OVER or len(code) != 4:
        return None
    team = event.teams.select_related("challenge").filter(code=code).first()
    if team is None or not team.challenge.accepts_shots(at) or team_of(team.challenge, attendee):
        return None
    may = not _is_full(team) and not _was_sent_away(team, attendee)
    return team if may else None


def _is_full(team) -> bool:
    return team.members.count() >= team.challenge.team_size


def _was_sent_away(team, attendee) -> bool:
    return team.sent_away.filter(attendee=attendee).exists()


def join(team, attendee) -> None:
    """Put the attendee into the team, out of the one before. Raises Refused when it is full or took them out.

    Also for somebody whose registration is over.
    """
    _comes(attendee)
    with write_gate(), transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)
        if team.has(attendee):
            return
        if _was_sent_away(team, attendee):
            raise Refused(_("%(code)s goes on without you. Its captain can let you in again.") % {"code": team.code})
        if _is_full(team):
            raise Refused(
                _("%(code)s is full: %(n)d people. Make your own team or ask for another code.")
                % {"code": team.code, "n": team.challenge.team_size}
            )
        _leave(team.challenge, attendee)
        TeamMember.objects.create(team=team, challenge=team.challenge, attendee=attendee)
        TeamWish.objects.filter(challenge=team.challenge, attendee=attendee).delete()
        if team.captain_id is None:
            Team.objects.filter(pk=team.pk).update(captain=attendee)
        live.tell(team.event, "teams", team=team.code)


def leave(challenge, attendee) -> None:
    """Out of the team. What was sent stays, what was on its way does not; an empty team without shots or a zip goes."""
    with write_gate(), transaction.atomic():
        team = _leave(challenge, attendee)
        if team:
            live.tell(team.event, "teams", team=team.code)


def _leave(challenge, attendee):
    place = TeamMember.objects.select_related("team").filter(challenge=challenge, attendee=attendee).first()
    if place is None:
        return None
    team = place.team
    place.delete()
    _stop_uploads(team, attendee)
    if not team.members.exists() and not team.clips.exists() and not team.uploads.exclude(archive="").exists():
        team.delete()
    elif team.captain_id == attendee.pk:
        successor = team.members.first()
        Team.objects.filter(pk=team.pk).update(captain=successor.attendee if successor else None)
    return team


def _stop_uploads(team, attendee):
    """Who is not in the team sends nothing to it, and holds no place of it."""
    for upload in team.uploads.open().filter(attendee=attendee):
        uploads.give_up(upload)


def rename(team, name, looking_for="", parts=()) -> None:
    """Another name; and whom the team still looks for. A name that the crew has hidden stays hidden."""
    name = named(name)
    wanted = [value for value in Part.values if value in parts]
    with transaction.atomic():
        Team.objects.filter(pk=team.pk).update(name=name, looking_for=clean_text(looking_for)[:60], parts_wanted=wanted)
        live.tell(team.event, "teams", team=team.code)


def hand_over(team, attendee) -> None:
    """Another captain, out of the team's own people. Raises Refused."""
    with write_gate(), transaction.atomic():
        if not team.members.filter(attendee=attendee).exists():
            raise Refused(_("Only somebody of the team can be its captain."))
        Team.objects.filter(pk=team.pk).update(captain=attendee)
        live.tell(team.event, "teams", team=team.code)


def send_away(team, attendee) -> None:
    """The captain takes somebody out of the team; what they sent stays, and they come back only when they are let in."""
    if attendee.pk == team.captain_id:
        raise Refused(_("The captain leaves by themselves."))
    with write_gate(), transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)  # who is just joining does so before or after
        if team.members.filter(attendee=attendee).delete()[0]:
            SentAway.objects.get_or_create(team=team, attendee=attendee)
        _stop_uploads(team, attendee)
        live.tell(team.event, "teams", team=team.code)


def let_in_again(team, attendee_id) -> None:
    """The captain forgets that somebody was taken out: they may join again, by themselves."""
    team.sent_away.filter(attendee=attendee_id).delete()


# --- people without a team --------------------------------------------------------------------------------------------
WAIT = timedelta(minutes=5)  # until then a new team starts only with neighbours of different wishes


def wish(challenge, attendee, part="", *, at) -> Team | None:
    """Put me into a team: at once where one looks for somebody like me, else as soon as others wait too."""
    _comes(attendee)
    part = part if part in Part.values else ""
    with write_gate(), transaction.atomic():
        if TeamMember.objects.filter(challenge=challenge, attendee=attendee).exists():
            return team_of(challenge, attendee)
        TeamWish.objects.update_or_create(challenge=challenge, attendee=attendee, defaults={"part": part})
        live.tell(challenge.event, "teams")
    match(challenge, at=at)
    return team_of(challenge, attendee)


def wish_no_more(challenge, attendee) -> None:
    """Changed their mind."""
    TeamWish.objects.filter(challenge=challenge, attendee=attendee).delete()


def match(challenge, *, at) -> int:
    """Place everybody who waits and still comes, and can be placed; returns how many."""
    with write_gate(), transaction.atomic():
        Challenge.objects.select_for_update().get(pk=challenge.pk)
        wanting = challenge.wishes.exclude(attendee__status__in=admission.OVER).select_related("attendee")
        wishes = {row.attendee_id: row for row in wanting}
        seekers = [
            Seeker(pk, row.attendee.carriage or 0, row.part, waited=at - row.made_at >= WAIT)
            for pk, row in wishes.items()
        ]
        if not seekers or not challenge.accepts_shots(at):
            return 0
        joins, left = matching.place(seekers, _rooms(challenge))
        rows = Team.objects.in_bulk([team for _seeker, team, _part in joins])
        placed = 0
        for seeker, team, part in joins:
            with contextlib.suppress(Refused):
                join(rows[team], wishes[seeker].attendee)
                _filled(rows[team], part)
                placed += 1
        for group in matching.groups(left, size=min(matching.GROUP, challenge.team_size)):
            placed += _together(challenge, [wishes[seeker.id].attendee for seeker in group])
        return placed


def _rooms(challenge):
    """Teams that said that they look for somebody."""
    open_teams = with_room(challenge).prefetch_related("members__attendee", "sent_away")
    return [
        Room(
            team.pk,
            tuple(sorted({place.attendee.carriage for place in team.members.all() if place.attendee.carriage})),
            tuple(team.parts_wanted),
            challenge.team_size - team.people,
            tuple(row.attendee_id for row in team.sent_away.all()),
        )
        for team in open_teams
        if team.parts_wanted or team.looking_for
    ]


def _filled(team, part):
    """Look for this part no longer; with the last one the team's own words have come true as well."""
    team.refresh_from_db(fields=["parts_wanted", "looking_for"])
    if part in team.parts_wanted:
        wanted = [other for other in team.parts_wanted if other != part]
        words = team.looking_for if wanted else ""
        Team.objects.filter(pk=team.pk).update(parts_wanted=wanted, looking_for=words)


def _together(challenge, people):
    """A new team of people who waited; the first of them is its captain."""
    carriages = [person.carriage for person in people if person.carriage]
    with override("zh-hans"):
        name = _("Carriage %(n)d crew") % {"n": carriages[0]} if carriages else _("Just met")
    team = make(challenge, people[0], name)
    for person in people[1:]:
        join(team, person)
    return len(people)


@ticking.every_tick
def match_all(at) -> None:
    """Who waits long enough is not left alone."""
    for challenge in Challenge.objects.filter(wishes__isnull=False).distinct():
        match(challenge, at=at)


def with_room(challenge):
    """Teams that somebody could still join, the emptiest first."""
    counted = challenge.teams.annotate(people=Count("members")).filter(people__lt=challenge.team_size, people__gt=0)
    return counted.order_by("people", "pk")
