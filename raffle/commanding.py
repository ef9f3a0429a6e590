"""From a reading to the act: the live catalogue, the database's checks, one line to confirm, and what it does."""

import secrets
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Stage
from events.templatetags import house
from raffle import beside, drawing, entering, opening, preparing, protocol
from raffle.models import Draw, Prize, Void
from raffle.plan import Item, Plan

QUESTIONS = {
    "what": lambda: _("I did not understand. Say what to draw, or that somebody is not here."),
    "which_prize": lambda: _("Which prize? Say its name."),
    "how_many": lambda: _("How many? Say one number from 1 to 100."),
    "what_name": lambda: _("What is the prize called, and how many of it are there?"),
    "who_next": lambda: _("The next person, or the next prize?"),
    "known_prize": lambda: _("This prize is on the list already."),
    "nothing_left": lambda: _("There is no prize left to draw."),
    "one_thing": lambda: _("One thing at a time: which comes first?"),
    "who": lambda: _(
        "Who takes part? By a sentence I can let earlier winners in or leave them out, let people in who are not in the "
        "room, and take one car; nothing else."
    ),
    "removed": lambda: _("I take no prize off the list and pass none over. Say which one to draw."),
    "stopped": lambda: _("Nothing is drawn. What should happen?"),
}

OF_SOMEBODY = ("absent", "here")  # said of the one person who is being called


@dataclass(frozen=True)
class Press:
    """What comes back with a plan that is confirmed, signed with it: the press's own key, the instant of the reading in
    milliseconds, and of whom "here" and "absent" were said: of that person alone, however late the press comes.
    """

    key: str
    read_at: int
    draw: int = 0
    rank: int = 0


def catalogue(event) -> list[Item]:
    """The prizes of which something is left, in the order of the show, by all their names."""
    return [
        Item(prize.pk, tuple(name for name in (prize.name, prize.name_en) if name), prize.left)
        for prize in event.prizes.left()
    ]


def resolve(plan: Plan, items, raffle) -> Plan:
    """The next prize, and the same once more, as a draw of a prize; a question where there is none.

    Whether anything of the same is left is for hindrance() to say.
    """
    if plan.action not in ("next", "repeat"):
        return plan
    if not items:
        return Plan(action="undecided", question="nothing_left")
    last = drawing.current(raffle)
    wanted = items[0].id if plan.action == "next" else last.prize_id if last else None
    if wanted is None:
        return Plan(action="undecided", question="which_prize")
    return plan.model_copy(update={"action": "draw", "prize": wanted})


def rule(plan: Plan) -> dict:
    """The rule of the opening that the plan asks for."""
    groups = {"groups": [plan.group]} if plan.group else {}
    return {"exclude_winners": plan.exclude_winners, "present": plan.present_only, **groups}


def hindrance(plan: Plan, event, raffle) -> str:
    """What the database says against the plan, in words, or ''."""
    if plan.action == "draw":
        return draw_hindrance(plan, event, raffle)
    if plan.action == "add_prize" and event.prizes.filter(name=preparing.called(plan.new_prize)).exists():
        return QUESTIONS["known_prize"]()
    if plan.action in OF_SOMEBODY:
        draw = drawing.current(raffle)
        waiting = drawing.calling(draw) if draw else []
        if not waiting:
            return _("Nobody is being called.")
        if len(waiting) > 1:
            return _("Several people are being called. Press the button beside the name.")
    return ""


def press_for(plan: Plan, raffle, *, at) -> Press:
    """The press that will confirm this plan, which is read now."""
    draw = drawing.current(raffle) if plan.action in OF_SOMEBODY else None
    waiting = drawing.calling(draw) if draw else []
    of_whom = (draw.number, waiting[0].rank) if draw and len(waiting) == 1 else ()
    return Press(secrets.token_hex(16), protocol.milliseconds(at), *of_whom)


def is_done(plan: Plan, press: Press, event, raffle) -> bool:
    """Whether the press was here before: what it asks for stands already."""
    if plan.action == "draw":
        return raffle.draws.filter(press=press.key).exists()
    if plan.action == "add_prize":
        added = event.prizes.filter(name=preparing.called(plan.new_prize), quantity=plan.count)
        since = added.exclude(added_live_at=None).order_by("-added_live_at").first()
        return since is not None and protocol.milliseconds(since.added_live_at) >= press.read_at
    return False


def draw_hindrance(plan, event, raffle) -> str:
    prize = event.prizes.filter(pk=plan.prize).first()
    if prize is None or prize.left < 1:
        return preparing.why(Draw.NothingLeft())
    if prize.left < plan.count:
        return ngettext("Only %(n)d of this prize is left.", "Only %(n)d of this prize are left.", prize.left) % {
            "n": prize.left
        }
    if plan.count > opening.most_at_once(raffle):
        return preparing.why(Draw.TooMany(opening.most_at_once(raffle)))
    pool = len(entering.eligible(raffle, rule(plan)))
    if pool < plan.count:
        return _("%(n)d in the pot under this rule: too few for %(wanted)d prizes.") % {"n": pool, "wanted": plan.count}
    running = drawing.current(raffle)
    if running is not None and not running.is_settled():
        return preparing.why(Draw.AlreadyRunning())
    if beside.has_result(raffle):
        return preparing.why(Draw.HasResult())
    return ""


def in_one_line(plan: Plan, event) -> str:
    """The plan as the host confirms it: everything that it will do stands in it."""
    if plan.action == "add_prize":
        added = _("Add a prize: %(name)s × %(n)d") % {"name": plan.new_prize, "n": plan.count}
        return added if plan.kind == Prize.Kind.GOODS else f"{added} · {Prize.Kind(plan.kind).label}"
    if plan.action == "absent":
        return _("No answer: the next in order is called when their time is over")
    if plan.action == "here":
        return _("The called person is here: hand over")
    parts = [
        _("Draw %(n)d × %(name)s") % {"n": plan.count, "name": house.said(event.prizes.get(pk=plan.prize), "name")},
        _("only people in the room") if plan.present_only else _("everybody who registered"),
        _("without earlier winners") if plan.exclude_winners else _("earlier winners too"),
        *([_("only car %(n)d") % {"n": plan.group}] if plan.group else []),
    ]
    return " · ".join(parts)


def carry_out(plan: Plan, press: Press, event, user, *, at) -> str:
    """Do a confirmed plan; returns what stood in the way, in words, or ''. The same press does it once."""
    raffle = entering.raffle_of(event, at=at)
    if is_done(plan, press, event, raffle):
        return ""
    problem = _attempt(plan, press, event, user, raffle, at)
    return "" if problem and is_done(plan, press, event, raffle) else problem  # its twin was faster


def _attempt(plan, press, event, user, raffle, at) -> str:
    if plan.action in OF_SOMEBODY and not press.rank:
        return _("Nobody is being called.")
    if plan.action not in OF_SOMEBODY and (problem := hindrance(plan, event, raffle)):
        return problem
    try:
        if plan.action in OF_SOMEBODY:
            _in_control(event, user)
        return ACTS[plan.action](plan, press, event, user, raffle, at)
    except (Draw.AlreadyRunning, Draw.EmptyPool, Draw.NothingLeft, Stage.NotInControl) as reason:
        return preparing.why(reason)
    except ValueError as reason:
        return str(reason)


def _in_control(event, user) -> None:
    """Raises Stage.NotInControl while another person holds the remote, as at the buttons beside the name."""
    stage = Stage.objects.filter(event=event).first()
    if stage is not None:
        stage.hold_by(user)


def _draw(plan, press, event, user, raffle, at) -> str:
    opening.start(
        event.prizes.get(pk=plan.prize),
        by=user,
        at=at,
        press=press.key,
        quantity=plan.count,
        exclude_winners=plan.exclude_winners,
        present=plan.present_only,
        groups=[plan.group] if plan.group else (),
    )
    return ""


def _add_prize(plan, press, event, user, raffle, at) -> str:
    preparing.add_live(event, name=plan.new_prize or "", quantity=plan.count, kind=plan.kind, at=at)
    return ""


def _here(plan, press, event, user, raffle, at) -> str:
    draw = raffle.draws.get(number=press.draw)
    held = drawing.claim(draw, press.rank, at=at, by="desk")
    if held:  # what the host has confirmed says "hand it over"
        preparing.hand_over_at_stage(held, at=at, by=user)
    return "" if held else _("Their time is over, the next person is being called.")


def _absent(plan, press, event, user, raffle, at) -> str:
    draw = raffle.draws.get(number=press.draw)
    drawing.settle(draw, at=at)  # the site may have been away
    if drawing.pass_on(draw, press.rank, Void.Reason.TIMEOUT, at=at) or press.rank in draw.voided():
        return ""
    if press.rank in draw.claimed():
        return _("They have answered by now.")
    return _("Their time is not over: the server's clock decides. It passes on by itself.")


ACTS = {"draw": _draw, "add_prize": _add_prize, "here": _here, "absent": _absent}
