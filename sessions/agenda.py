"""A text agenda, as people paste it from a chat, read into entries (PURE).

    14:00 我们需要数字人吗 廖虎 商汤科技
    14:25-14:50 《畅聊金融中的大模型》 大山
    16:10 茶歇
    16:40 From script to shoot - Vicky

One entry a line, in order of time; an end, if there is one, or the next line gives the length. Either may be past
midnight: then it is at least twelve hours earlier by the clock.
"""

import re
from dataclasses import dataclass

from sessions.wall_clock import ahead

LINE = re.compile(
    r"^\W{0,3}?(?P<h>[01]?\d|2[0-3])\s*[:：.]\s*(?P<m>[0-5]\d)"
    r"(?:\s*(?:[-–—~～至到]+)\s*(?P<h2>[01]?\d|2[0-3])\s*[:：.]\s*(?P<m2>[0-5]\d))?[\s,，、|｜]*(?P<rest>.*)$"
)
QUOTED = re.compile(r"^(?P<title>[^《「“\"]{0,12}[《「“\"].+?[》」”\"])\s*(?P<people>.*)$")
CJK = re.compile(r"[\u3400-\u9fff]")
KINDS = [
    ("raffle", re.compile(r"抽奖|raffle|prize", re.IGNORECASE)),
    ("break", re.compile(r"茶歇|休息|午餐|晚餐|break|lunch|dinner|coffee", re.IGNORECASE)),
    ("panel", re.compile(r"圆桌|panel|对谈", re.IGNORECASE)),
    ("cocreation", re.compile(r"共创|co-?creation", re.IGNORECASE)),
    ("opening", re.compile(r"签到|开场|破冰|介绍|opening|doors|check.?in|ice.?break|welcome", re.IGNORECASE)),
]
LAST_MINUTES = 25
EVENING, MORNING = 18 * 60, 12 * 60


@dataclass(frozen=True)
class Entry:
    """One line: minutes after midnight, length in minutes, title, people, kind as in `Talk.Kind`."""

    start: int
    minutes: int
    title: str
    people: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Problem:
    """A line that could not be read: its number from 1, and why, as a code: "time", "title", "order", "end"."""

    line: int
    text: str
    code: str


def read(text: str) -> tuple[list[Entry], list[Problem]]:
    """All entries that could be read, and every line that could not; blank lines and headings without a digit pass."""
    found: list[tuple[int, int | None, str, tuple[str, ...]]] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or not any(char.isdigit() for char in line):
            continue
        match = LINE.match(line)
        if match is None:
            problems.append(Problem(number, line, "time"))
            continue
        start = int(match["h"]) * 60 + int(match["m"])
        end = int(match["h2"]) * 60 + int(match["m2"]) if match["h2"] else None
        title, people = _split(match["rest"].strip())
        if not title:
            problems.append(Problem(number, line, "title"))
        elif found and _ahead(found[-1][0], start) < 0:
            problems.append(Problem(number, line, "order"))
        elif end is not None and _ahead(start, end) <= 0:
            problems.append(Problem(number, line, "end"))
        else:
            found.append((start, end, title, people))
    entries = []
    for index, (start, end, title, people) in enumerate(found):
        following = found[index + 1][0] if index + 1 < len(found) else start + LAST_MINUTES
        minutes = ahead(start, end if end is not None else following)
        entries.append(Entry(start, max(1, minutes), title[:120], people, _kind(title, people)))
    return entries, problems


def _ahead(before: int, after: int) -> int:
    """Minutes from one time to the next: past midnight only from an evening to a morning, else a typing error would be."""
    night = before >= EVENING and after < MORNING
    return ahead(before, after) if night else after - before


def _kind(title, people):
    for kind, words in KINDS:
        if words.search(title) and not (kind == "break" and people):
            return kind
    return "talk"


def _split(rest) -> tuple[str, tuple[str, ...]]:
    """Title and people. A quoted title ends with its quote; a bar, a dash or "by" parts; a Chinese title ends at a space."""
    for sign in ("|", "｜", "\t", " - ", " – ", " — ", " by ", "  "):
        if sign in rest:
            title, _sign, people = rest.partition(sign)
            return title.strip(" -–—|｜"), _names(people)
    quoted = QUOTED.match(rest)
    if quoted:
        return quoted["title"].strip(), _names(quoted["people"])
    title, _space, people = rest.rpartition(" ")
    if title and re.search(r"[、，；]", people):  # several names stand last; the title may have spaces
        return title, _names(people)
    title, _space, people = rest.partition(" ")
    if CJK.search(title) and people:
        return title, _names(people)
    return rest, ()


def _names(text) -> tuple[str, ...]:
    """Names between commas and the like; after a space follows what they are, which is left to the editor."""
    parts = re.split(r"[、，,;；/&]|\s+and\s+", text.strip(" :：-–—"))
    return tuple(name for part in parts if (name := _name(part.strip())))[:12]


def _name(part):
    return part.split(" ")[0] if CJK.search(part) else part
