"""From a reading to the act: the live catalogue, the database's checks, one line to confirm, and what it does."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Stage
from events.templatetags import house
from raffle import drawing, entering, opening, preparing
from raffle.models import Draw, Void
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
    "stopped": lambda: _("Nothing is drawn. What should happen?"),
}


def catalogue(event) -> list[Item]:
    """The prizes of which something is left, in the order of the show, by all their names."""
    return [
        Item(prize.pk, tuple(name for name in (prize.name, prize.name_en) if name), prize.left)
        for prize in event.prizes.left()
    ]


def resolve(plan: Plan, items, raffle) -> Plan:
    """The next prize, and the same once more, as a draw of a prize; a question where there is none."""
    if plan.action not in ("next", "repeat"):
        return plan
    last = drawing.current(raffle)
    wanted = (
        items[0].id if plan.action == "next" and items else last.prize_id if plan.action == "repeat" and last else None
    )
    if wanted is None:
        return Plan(action="undecided", question="nothing_left" if plan.action == "next" else "which_prize")
    if wanted not in {item.id for item in items}:
        return Plan(action="undecided", question="nothing_left")
    return plan.model_copy(update={"action": "draw", "prize": wanted})


def rule(plan: Plan) -> dict:
    """The rule of the opening that the plan asks for."""
    groups = {"groups": [plan.group]} if plan.group else {}
    return {"exclude_winners": plan.exclude_winners, "present": plan.present_only, **groups}


def hindrance(plan: Plan, event, raffle) -> str:
    """What the database says against the plan, in words, or ''."""
    if plan.action == "draw":
        return draw_hindrance(plan, event, raffle)
    if plan.action == "add_prize" and event.prizes.filter(name=plan.new_prize).exists():
        return QUESTIONS["known_prize"]()
    if plan.action in ("absent", "here"):
        draw = drawing.current(raffle)
        waiting = drawing.calling(draw) if draw else []
        if not waiting:
            return _("Nobody is being called.")
        if len(waiting) > 1:
            return _("Several people are being called. Press the button beside the name.")
    return ""


def draw_hindrance(plan, event, raffle) -> str:
    prize = event.prizes.filter(pk=plan.prize).first()
    if prize is None or prize.left < 1:
        return preparing.why(Draw.NothingLeft())
    if prize.left < plan.count:
        return ngettext("Only %(n)d of this prize is left.", "Only %(n)d of this prize are left.", prize.left) % {
            "n": prize.left
        }
    pool = len(entering.eligible(raffle, rule(plan)))
    if pool < plan.count:
        return _("%(n)d in the pot under this rule: too few for %(wanted)d prizes.") % {"n": pool, "wanted": plan.count}
    running = drawing.current(raffle)
    if running is not None and not running.is_settled():
        return preparing.why(Draw.AlreadyRunning())
    return ""


def in_one_line(plan: Plan, event) -> str:
    """The plan as the host confirms it: everything that it will do stands in it."""
    if plan.action == "add_prize":
        return _("Add a prize: %(name)s × %(n)d") % {"name": plan.new_prize, "n": plan.count}
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


def carry_out(plan: Plan, press: str, event, user, *, at) -> str:
    """Do a confirmed plan; returns what stood in the way, in words, or ''. The same press does it once."""
    raffle = entering.raffle_of(event, at=at)
    if plan.action == "draw" and raffle.draws.filter(press=press).exists():
        return ""
    if problem := hindrance(plan, event, raffle):
        return problem
    try:
        return ACTS[plan.action](plan, press, event, user, raffle, at)
    except (Draw.AlreadyRunning, Draw.EmptyPool, Draw.NothingLeft, Stage.NotInControl) as reason:
        return preparing.why(reason)
    except ValueError as reason:
        return str(reason)


def _draw(plan, press, event, user, raffle, at) -> str:
    opening.start(
        event.prizes.get(pk=plan.prize),
        by=user,
        at=at,
        press=press,
        quantity=plan.count,
        exclude_winners=plan.exclude_winners,
        present=plan.present_only,
        groups=[plan.group] if plan.group else (),
    )
    return ""


def _add_prize(plan, press, event, user, raffle, at) -> str:
    preparing.add_live(event, name=plan.new_prize or "", quantity=plan.count, at=at)
    return ""


def _here(plan, press, event, user, raffle, at) -> str:
    draw = drawing.current(raffle)
    held = drawing.claim(draw, drawing.calling(draw)[0].rank, at=at, by="desk")
    return "" if held else _("Their time is over, the next person is being called.")


def _absent(plan, press, event, user, raffle, at) -> str:
    draw = drawing.current(raffle)
    passed = drawing.pass_on(draw, drawing.calling(draw)[0].rank, Void.Reason.TIMEOUT, at=at)
    return "" if passed else _("Their time is not over: the server's clock decides. It passes on by itself.")


ACTS = {"draw": _draw, "add_prize": _add_prize, "here": _here, "absent": _absent}
