"""The offline reader: a host's sentence to a plan, without any model (PURE). It asks back rather than guess.

Prize names are taken out of the sentence first, so that nothing that a prize is called can steer the reading.
"""

import re

from raffle import numerals
from raffle.catalogue import MARK, letters, mentioned, plain
from raffle.phrases import (
    ABSENT,
    ABSENT_TOO,
    ADD,
    ALL_LEFT,
    ASKING,
    COUNT_AFTER,
    COUNT_BEFORE,
    DRAW,
    EXPLAIN,
    GROUP,
    HEAD,
    HERE,
    NEXT,
    NEXT_WHO,
    NOT_STOP,
    PERSON,
    PRESENT,
    REPEAT,
    STOP,
    WINNERS_OUT,
    WINNERS_TOO,
)
from raffle.plan import MOST, Item, Plan, Refused

LONGEST = 300


def read(sentence: str, catalogue: list[Item]) -> Plan:
    """The plan of a sentence over the live catalogue; raises Refused("person") for one that names who wins."""
    text = plain(sentence)
    if not text or len(text) > LONGEST:
        return ask("what")
    found, rest = mentioned(text, catalogue)
    if PERSON.search(rest):
        raise Refused("person")
    if STOP.search(rest) and not NOT_STOP.search(rest):
        return ask("stopped")
    if ADD.search(rest):
        return added(text, catalogue)
    drawing = DRAW.search(rest)
    if EXPLAIN.search(rest) and not (found and drawing):
        return Plan(action="explain")
    if (missing := absent(rest, drawing)) is not None:
        return ask("one_thing") if missing and found and drawing else Plan(action="absent")
    if HERE.search(rest) and not found and not drawing:
        return Plan(action="here")
    return drawn(rest, found, drawing, catalogue)


def ask(question) -> Plan:
    return Plan(action="undecided", question=question)


def absent(rest: str, drawing) -> bool | None:
    """Whether somebody is said to be missing (None: no); words of a rule like 不在场的也算 are not meant."""
    left = ABSENT.search(ABSENT_TOO.sub(" ", PRESENT.sub(" ", WINNERS_OUT.sub(" ", rest))))
    if left is None or ALL_LEFT.search(rest):
        return None
    return bool(drawing)


def drawn(rest: str, found, drawing, catalogue) -> Plan:
    """A draw, once the prize and the number are beyond doubt."""
    if not drawing and ASKING.search(rest):
        return ask("what")
    if NEXT_WHO.search(rest):
        return ask("who_next")
    if not found:
        return unnamed(rest, drawing, catalogue)
    if len(found) > 1:
        return ask("which_prize")
    if not drawing and not bare(rest):
        return ask("what")
    count = how_many(rest, found[0])
    return ruled("draw", rest, count, found[0].id) if count else ask("how_many")


def unnamed(rest: str, drawing, catalogue) -> Plan:
    """No prize is named: the next one in the show, the same once more, or a question."""
    action = "repeat" if REPEAT.search(rest) else "next" if NEXT.search(rest) else None
    if action is None:
        return ask("which_prize" if drawing and catalogue else "nothing_left" if drawing else "what")
    if action == "next" and not catalogue:
        return ask("nothing_left")
    count = how_many(rest, None)
    return ruled(action, rest, count, None) if count else ask("how_many")


def ruled(action, rest, count, prize) -> Plan:
    group = GROUP.search(rest)
    number = numerals.value(group[1] or group[2]) if group else None
    return Plan(
        action=action,
        prize=prize,
        count=count,
        group=number if number and number < 100 else None,
        exclude_winners=not WINNERS_TOO.search(rest) or bool(WINNERS_OUT.search(WINNERS_TOO.sub(" ", rest))),
        present_only=not ABSENT_TOO.search(rest),
    )


def how_many(rest: str, item: Item | None) -> int | None:
    """The number that is said, 1 when none is; None when it is not clear or cannot be."""
    rest = GROUP.sub(" ", rest)
    if item is not None and ALL_LEFT.search(rest):
        return min(MOST, item.left)
    numbers = set(numerals.spoken(rest))
    if numerals.VAGUE.search(rest) or len(numbers) > 1:
        return None
    count = numbers.pop() if numbers else 1
    return count if count and count <= MOST else None


def bare(rest: str) -> bool:
    """Whether a sentence without a verb is but a prize, a number and rules."""
    for rule in (WINNERS_TOO, WINNERS_OUT, ABSENT_TOO, PRESENT, GROUP, numerals.SPOKEN, NEXT):
        rest = rule.sub("", rest)
    return (
        len(
            re.sub(
                rf"[\W_{MARK}{numerals.MEASURE}的奖了吧呢啊在场过人之前就先参加只限要是]|\b(?:the|of|please|now|ok|x|for|those|people|who|that|a|an|only|from|in|just|anything|yet|to|give|me|okay|go|right|alright|so|and|folks|guys|some|in|room)\b",
                "",
                rest,
                flags=re.I,
            )
        )
        <= 2
    )


def added(text: str, catalogue) -> Plan:
    """A new prize: its name is what is left when the command and the number are taken away."""
    rest = HEAD.sub("", text, count=1).strip(" ,。.!;")
    if re.search(r"然后|接着|之后|再抽|\bthen\b|and draw", rest):
        return ask("one_thing")
    counts = []
    for pattern in (COUNT_AFTER, COUNT_BEFORE):
        match = pattern.search(rest)
        if match is None or match[0] == rest:
            continue
        part = (match[1] or match[2]).lower()
        number = 1 if part in ("a", "an") else numerals.value(part)
        if number is not None:
            counts.append(number)
            rest = (rest[: match.start()] + rest[match.end() :]).strip()
    name = rest.strip(" ,、。.!:;「」“”\"'")
    name = re.sub(r"^(?:的|新|奖品|prizes?)[:\s]*", "", name)
    if not re.search(r"\w{2}", name):
        return ask("what_name")
    if any(re.fullmatch(letters(known) or r"\b\B", name, re.I) for item in catalogue for known in item.names):
        return ask("known_prize")
    count = max(counts, default=1)
    return Plan(action="add_prize", new_prize=name[:80], count=count) if 1 <= count <= MOST else ask("how_many")
