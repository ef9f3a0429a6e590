"""The offline reader: a host's sentence to a plan, without any model (PURE). It asks back rather than guess.

Prize names are taken out of the sentence first, so that nothing that a prize is called can steer the reading.
"""

import re

from raffle import kinds, limits, numerals
from raffle.catalogue import CHATTER, COMMON, letters, mentioned, plain, stem
from raffle.phrases import (
    ABSENT,
    ABSENT_TOO,
    ADD,
    ADDRESS,
    ALL_LEFT,
    ASKING,
    BOTH,
    CLAUSE,
    COUNT_AFTER,
    COUNT_BEFORE,
    DRAW,
    EACH,
    EXPLAIN,
    FILLING,
    GROUP,
    GROUPS,
    HEAD,
    HERE,
    JOINT,
    NEXT,
    NEXT_ONE,
    NEXT_WHO,
    NOT_STOP,
    ONLY_THOSE,
    PERSON,
    PRESENT,
    PRIZES,
    REMOVE,
    REPEAT,
    SOME,
    SOMEBODY,
    STOP,
    TICKET,
    UNREAD,
    UNSURE,
    WINNERS_OUT,
    WINNERS_TOO,
)
from raffle.plan import MOST, Item, Plan, Refused

LONGEST = 300
CERTAIN = (
    "who",
    "removed",
    "known_prize",
    "stopped",
)  # questions to what is well understood and cannot be: no model reads further


def read(sentence: str, catalogue: list[Item]) -> Plan:
    """The plan of a sentence over the live catalogue; raises Refused("person") for one that names who wins."""
    text = plain(sentence)
    if not text or len(text) > LONGEST:
        return ask("what")
    found, rest = heard(text, catalogue)
    if PERSON.search(rest) or TICKET.search(GROUP.sub(" ", GROUPS.sub(" ", rest))):
        raise Refused("person")
    if STOP.search(NOT_STOP.sub(" ", rest)):
        return ask("stopped")
    if ADD.search(rest):
        return added(text, catalogue)
    if (question := contrary(rest)) is not None:
        return ask(question)
    drawing = DRAW.search(rest)
    if EXPLAIN.search(rest) and not (found and drawing):
        return Plan(action="explain")
    said = stated(rest)
    missing = absent(said, drawing) is not None
    if absent(rest, drawing) and (found or not missing):
        return ask("one_thing")
    if missing:
        return Plan(action="absent")
    if HERE.search(said) and not found and not drawing:
        return Plan(action="here")
    return drawn(rest, found, drawing, catalogue)


def heard(text: str, catalogue) -> tuple[list, str]:
    """The prizes that are named, and the sentence without them, its apostrophes straight."""
    found, rest = mentioned(plain(text), catalogue)
    return found, rest.replace("’", "'")


def contrary(rest: str) -> str | None:
    """What to ask where the sentence leaves out what a plan can only name: a car, a prize, all but the winners."""
    if ONLY_THOSE.search(rest) or GROUPS.search(rest) or len(cars(rest)) > 1:
        return "who"
    for rule in (WINNERS_TOO, WINNERS_OUT, ABSENT_TOO, PRESENT):
        rest = rule.sub(" ", rest)
    return "removed" if REMOVE.search(rest) else None


def cars(rest: str) -> set[int]:
    """The numbers of the cars (tables) that are named."""
    numbers = {numerals.value(match[1] or match[2]) for match in GROUP.finditer(rest)}
    return {number for number in numbers if number and number < 100}


def ask(question) -> Plan:
    return Plan(action="undecided", question=question)


def absent(rest: str, drawing) -> bool | None:
    """Whether somebody is said to be missing (None: no); words of a rule like 不在场的也算 are not meant."""
    left = ABSENT.search(ABSENT_TOO.sub(" ", PRESENT.sub(" ", WINNERS_OUT.sub(" ", rest))))
    if left is None or ALL_LEFT.search(rest):
        return None
    return bool(drawing)


def stated(rest: str) -> str:
    """The sentence without the clauses that only ask, suppose or deny."""
    return CLAUSE.sub(lambda clause: "" if UNSURE.search(clause[0]) else clause[0], rest).strip(" ,。.!;…")


def doubted(rest: str) -> bool:
    """Whether it is only asked, supposed or denied that the called person is here or missing."""
    told, sure = (HERE.search(text) or absent(text, None) is not None for text in (rest, stated(rest)))
    return bool(told and not sure)


def drawn(rest: str, found, drawing, catalogue) -> Plan:
    """A draw, once the prize and the number are beyond doubt."""
    if not drawing and ASKING.search(rest):
        return ask("what")
    if NEXT_WHO.search(rest):
        return ask("who_next")
    if limits.by_looks(rest):
        return ask("who")
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
    if limits.limited(rest):
        return ask("who")
    return Plan(action=action, prize=prize, count=count, **rules_said(rest))


def rules_said(rest: str) -> dict:
    """The rules that stand in the sentence in so many words, as fields of a plan; what it does not say is not here."""
    said: dict = {}
    if numbers := cars(rest):
        said["group"] = min(numbers)
    if WINNERS_OUT.search(WINNERS_TOO.sub(" ", rest)):
        said["exclude_winners"] = True
    elif WINNERS_TOO.search(rest):
        said["exclude_winners"] = False
    if ABSENT_TOO.search(rest):
        said["present_only"] = False
    elif PRESENT.search(rest):
        said["present_only"] = True
    return said


def unsaid(rest: str) -> str:
    """The sentence without its command, numbers and rules: where the name of a person would stand."""
    for part in (WINNERS_TOO, WINNERS_OUT, ABSENT_TOO, PRESENT, GROUP, numerals.SPOKEN, ALL_LEFT, REPEAT, NEXT, DRAW):
        rest = part.sub(" ", rest)
    return rest


def how_many(rest: str, item: Item | None) -> int | None:
    """The number that is said, 1 when none is; None when it is not clear or cannot be."""
    rest = NEXT_ONE.sub(" ", EACH.sub(" ", GROUP.sub(" ", rest)))
    numbers = set(numerals.spoken(rest))
    if BOTH.search(rest):
        rest, numbers = BOTH.sub(" ", rest), numbers | {2}
    if not numbers and UNREAD.search(rest):
        return None
    if item is not None and not numbers and ALL_LEFT.search(rest):
        return min(MOST, item.left)
    if numerals.VAGUE.search(rest) or len(numbers) > 1:
        return None
    count = numbers.pop() if numbers else 1
    return count if count and count <= MOST else None


def bare(rest: str) -> bool:
    """Whether a sentence without a verb is but a prize, a number and rules."""
    for rule in (WINNERS_TOO, WINNERS_OUT, ABSENT_TOO, PRESENT, GROUP, numerals.SPOKEN, NEXT):
        rest = rule.sub("", rest)
    return len(FILLING.sub("", rest)) <= 2


def added(text: str, catalogue) -> Plan:
    """A new prize: its name is what is left when the command and the number are taken away."""
    rest = kinds.named(HEAD.sub("", text, count=1)).strip(" ,。.!;")
    if re.search(r"然后|接着|之后|再抽|\bthen\b|and draw", rest):
        return ask("one_thing")
    counts = []
    if match := PRIZES.match(rest):
        rest = rest[match.end() :]
        if JOINT.search(rest):
            return ask("one_thing")
        counts = [numerals.value(match[1] or match[2]) or 0]
    for pattern in (COUNT_AFTER, COUNT_BEFORE):
        match = pattern.search(rest)
        if match is None or match[0] == rest:
            continue
        part = next(group for group in match.groups() if group).lower()
        number = 1 if part in ("a", "an", "another") else numerals.value(part)
        if number is not None:
            counts.append(number)
            rest = (rest[: match.start()] + rest[match.end() :]).strip()
    some = SOME.match(rest)
    name = (rest if counts and ":" in text else SOME.sub("", rest)).strip(" ,、。.!:;「」“”\"'")
    name = re.sub(r"^(?:的|新|奖品|prizes?)[:\s]*", "", name)
    if not re.search(r"\w{2}", name):
        return ask("what_name")
    if any(is_part(name, known) for item in catalogue for known in item.names):
        return ask("known_prize")
    count = max(counts, default=0 if some else 1)
    if not 1 <= count <= MOST:
        return ask("how_many")
    return Plan(action="add_prize", new_prize=name[:80], count=count, kind=kinds.said(text) or "goods")


def is_common(name: str) -> bool:
    """Whether a nickname is but words that every host says (大家, 大奖, "the room"): nobody is meant by them."""
    rest = FILLING.sub(" ", CHATTER.sub(" ", ADDRESS.sub(" ", re.sub(SOMEBODY, " ", name, flags=re.I))))
    return not (set(re.findall(r"\w+", rest)) - COMMON)


def alone(name: str) -> str:
    """A pattern for the name as a word of its own: Ed is not in "ended"; Chinese has no such edges."""
    return (
        r"(?<![a-z])" * bool(re.match("[a-z]", name)) + re.escape(name) + r"(?![a-z])" * bool(re.search("[a-z]$", name))
    )


def is_part(name: str, known: str) -> bool:
    """Whether the name says no more than a known one does: 键盘 and "keyboards" of K7机械键盘, K7 mechanical keyboard."""
    if re.fullmatch(letters(known) or r"\b\B", name, re.I):
        return True
    said, whole = plain(name).casefold(), plain(known).casefold()
    words, known_words = ({stem(word) for word in re.findall(r"[a-z0-9]+", text)} for text in (said, whole))
    return words <= known_words and all(part in whole for part in re.findall("[\u3400-\u9fff]+", said))
