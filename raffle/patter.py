"""The house's own words for the master of ceremonies, what a model's words must hold to, how names get into both."""

import re

from django.utils.html import escape
from django.utils.translation import gettext as _

from raffle import rules

MARKS = ("{{winner}}", "{{prize}}")
LONGEST = 240
TONES = {
    "playful": ("活泼", "俏皮", "轻松", "幽默", "搞笑", "欢快", "playful", "lively", "fun", "light"),
    "formal": ("正式", "庄重", "严肃", "稳重", "formal", "solemn", "serious", "official"),
}
FOREIGN = re.compile(
    r"https?:|www\.|[<>\[\]`*_#@|\\]|\.(?:com|cn|net|org|io|top|xyz)\b|[\u200b-\u200f\u202a-\u202e]|"
    r"(?:恭喜|祝贺)[ ,，]*(?!你|您)[\w·]|(?:中奖|获奖|幸运)(?:者|的人|的是|的就是|儿)(?:就)?是?"
    r"(?!.{0,3}\{\{winner\}\})\w|(?:\bcongratulations|\bwell done|\bwinner is|\bgoes to|\bwelcome)[ ,:]*"
    r"(?!\s*\{\{winner\}\}|you|all|everybody|everyone|the|to|a )\w",
    re.I,
)
NAMELIKE = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
ENDS = re.compile(r"(?<=[。！？!?…\n])|(?<=\.)(?=\s)")


def fill(text: str, *, winner: str, prize: str) -> str:
    """Put the names into a text in one pass, escaped: a name that contains a mark stays a name."""
    names = {MARKS[0]: escape(winner), MARKS[1]: escape(prize)}
    return "".join(names.get(part) or escape(part) for part in re.split(r"(\{\{winner\}\}|\{\{prize\}\})", text))


def split(text: str) -> list[str]:
    """Sentences with their full stops; the last one may be unfinished."""
    return [part for part in ENDS.split(text) if part] or [""]


def sayable(text: str, *, kind: str, hint: str = "", names=()) -> bool:
    """Whether a model's text may be said: plain, short, with the right marks, nobody named, no figure made up.

    `kind` "part" is one sentence of a longer text: how often the winner is marked is not counted.
    """
    bare = text
    for mark in MARKS:
        bare = bare.replace(mark, " ")
    wanted = {"announcement": 1, "warm_up": 0}.get(kind)
    if not text or len(text) > LONGEST or re.search(r"[{}]", bare) or text.count(MARKS[1]) > 1:
        return False
    if wanted is not None and text.count(MARKS[0]) != wanted:
        return False
    known = {word.casefold() for word in re.findall(r"\w+", hint)} | {"i", "ai", "nextstop"}
    rest = bare.replace(hint, " ") if hint else bare
    strange = {word.casefold() for word in NAMELIKE.findall(rest)} - known
    figures = set(re.findall(r"\d+", rest)) - set(re.findall(r"\d+", hint))
    persons = [name.casefold() for name in names if len(name) >= 2 and not rules.is_common(name.casefold())]
    named = any(re.search(rules.alone(name), rest.casefold()) for name in persons)
    return not (strange or figures or named or FOREIGN.search(text.replace(hint, " ") if hint else text))


def tone_of(tone: str) -> str:
    """The house's tone that is nearest to what the organiser wrote: playful, formal or warm."""
    said = tone.casefold()
    return next((name for name, cues in TONES.items() if any(cue in said for cue in cues)), "warm")


def ours(kind: str, *, tone: str = "", prize: str = "") -> str:
    """Our own words of this kind, in the language that is active."""
    return announcement(tone) if kind == "announcement" else warm_up(prize, tone)


def announcement(tone: str = "") -> str:
    return {
        "warm": _("{{winner}}, it’s you: {{prize}}. Show us where you are."),
        "playful": _("The flaps have stopped, and they say {{winner}}. {{prize}} wants to go home with you. Wave."),
        "formal": _("The result is fixed. {{prize}} goes to {{winner}}. Please come to the stage."),
    }[tone_of(tone)]


def warm_up(prize: str, tone: str = "") -> str:
    return {
        "warm": _("Next is %(prize)s. Take out your phone and tear your stub: every tear is mixed in."),
        "playful": _("Look what is coming: %(prize)s. Thumbs warm? Tear your stub, the more hands the better the mix."),
        "formal": _("The next prize is %(prize)s. Please tear your stub on your phone before the box is locked."),
    }[tone_of(tone)] % {"prize": prize}


def fairness(raffle, tone: str = "") -> str:
    """Why nobody can choose, in four sentences that are true under the settings of this raffle; the tone opens them."""
    opening = {"warm": "", "playful": _("Don’t trust me, check me."), "formal": _("For the record:")}[tone_of(tone)]
    published = (
        _("Before each draw the list of stubs and the fingerprint of a secret are published.")
        if raffle.committed
        else _("Before each draw the list of stubs is published.")
    )
    order = (
        _("A round of the public beacon drand, which nobody knows before the box is locked, gives the order.")
        if raffle.beacon
        else _("A slow computation, the same for everybody, gives the order.")
    )
    said = _(
        "%(published)s Your phones add random numbers until the countdown ends. %(order)s I never see a name or a list; "
        "check it on your own phone."
    ) % {"published": published, "order": order}
    return _("%(opening)s %(said)s") % {"opening": opening, "said": said} if opening else said
