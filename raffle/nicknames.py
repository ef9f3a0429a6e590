"""How people are called, and texts in which nobody is (PURE)."""

import functools
import re

from raffle import rules

SOMEBODY, SOMEBODY_ZH = "somebody", "某人"


def called(name: str) -> list[str]:
    """How a person of this name is called: 林小满 also 小满, "kevin zhou" also kevin; 大家 is nobody."""
    if rules.is_common(name):
        return []
    found = [name] if len(name) >= 2 else []
    if re.fullmatch("[\u3400-\u9fff]{3,4}", name) and not rules.is_common(name[-2:]):
        found.append(name[-2:])
    words = re.findall(r"[^\W\d_\u3400-\u9fff]{3,}", name)
    return found + [word for word in words if word != name and not rules.is_common(word)]


@functools.lru_cache(4)  # a reading asks for each prize of the list; a hall of names takes a while to put together
def anybody(names: tuple[str, ...]) -> re.Pattern:
    """One pattern for everybody of these names, whatever the case: the longest that fits is meant."""
    spelt = {spelling for name in names for spelling in (name.casefold(), name.lower())}  # ß is also ss
    words = sorted({word for name in spelt for word in called(name)}, key=len, reverse=True)
    return re.compile("|".join(map(rules.alone, words)) or r"(?!)", re.I)


def concealed(text: str, names) -> str:
    """The text as the language model may see it: a prize that is signed by a speaker is signed by somebody."""
    return anybody(tuple(names)).sub(_somebody, text)


def _somebody(found: re.Match) -> str:
    return SOMEBODY_ZH if re.search("[\u3400-\u9fff]", found[0]) else SOMEBODY
