"""How people are called, and texts in which nobody is (PURE)."""

import re

from raffle import rules

SOMEBODY, SOMEBODY_ZH = "somebody", "某人"


def called(name: str) -> list[str]:
    """Patterns for how a person of this name is called: 林小满 also 小满, "Kevin Zhou" also Kevin; none for 大家."""
    if rules.is_common(name):
        return []
    found = [rules.alone(name)] if len(name) >= 2 else []
    if re.fullmatch("[\u3400-\u9fff]{3,4}", name) and not rules.is_common(name[-2:]):
        found.append(name[-2:])
    words = re.findall("[a-z]{3,}", name)
    return found + [rules.alone(word) for word in words if word != name and not rules.is_common(word)]


def concealed(text: str, names) -> str:
    """The text as the language model may see it: a prize that is signed by a speaker is signed by somebody."""
    for name in sorted(names, key=len, reverse=True):
        somebody = SOMEBODY_ZH if re.search("[\u3400-\u9fff]", name) else SOMEBODY
        for pattern in called(name.casefold()):
            text = re.sub(pattern, somebody, text, flags=re.I)
    return text
