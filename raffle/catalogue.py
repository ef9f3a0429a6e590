"""Which prizes of the catalogue a sentence names (PURE)."""

import re
import unicodedata

from raffle.numerals import MEASURE, WORDS

MARK = "\u25c7"  # stands where a prize was named
HAN = re.compile(r"[\u3400-\u9fff]")
PLURAL = {"mice": "mouse", "boxes": "box", "keys": "key"}
COMMON = {
    "the",
    "and",
    "for",
    "with",
    "prize",
    "prizes",
    "one",
    "year",
    "years",
    "annual",
    "set",
    "win",
    "new",
    "draw",
    "pick",
    "add",
    *WORDS,
}
CHATTER = re.compile(r"中奖|奖品|获奖|抽奖|大奖|现场|在场|不在|所有|大家|一个|一份|一位")


def plain(text: str) -> str:
    """NFKC without invisible differences: what people hear as the same is the same."""
    return unicodedata.normalize("NFKC", text).strip()


def mentioned(text: str, catalogue) -> tuple[list, str]:
    """`(items, rest)`: the items that the sentence may mean, best first class only, and the sentence with MARK instead.

    One item: it is meant. Several: it is not clear which. None: no prize is named.
    """
    found, rest = whole_names(text, catalogue)
    if not found:
        return pieces(text, catalogue)
    return found + beside(rest, [item for item in catalogue if item not in found]), rest


def beside(rest: str, others) -> list:
    """Prizes that are named right after or before the one at MARK: the keyboard *and the mouse*."""
    joint = r"\s*(?:和|跟|、|,|还有|与|以及|加|\+|&|plus|and)\s*(?:the|a|an|\w{1,5})?\s*"
    parts = [(part, item) for item in others for name in item.names for part in score(rest, name)[1]]
    return [
        item
        for part, item in parts
        if re.search(rf"{MARK}{joint}{re.escape(part)}|{re.escape(part)}{joint}{MARK}", rest, re.I)
    ][:1]


def whole_names(text: str, catalogue) -> tuple[list, str]:
    """Items whose whole name stands in the text, longest first, so that a name within a name is not heard twice."""
    found, rest = [], text
    names = sorted(((name, item) for item in catalogue for name in item.names), key=lambda pair: -len(pair[0]))
    for name, item in names:
        pattern = letters(name)
        if pattern and re.search(pattern, rest, re.I):
            rest = re.sub(pattern, MARK, rest, flags=re.I)
            if item not in found:
                found.append(item)
    return found, rest


def letters(name: str) -> str:
    """A pattern for the name whatever spaces and punctuation are said between its letters; '' for a name of none."""
    kept = [re.escape(char) for char in plain(name) if char.isalnum()]
    if not kept or (len(kept) == 1 and not HAN.match(kept[0])):
        return ""
    body = r"[\W_]*".join(kept)
    edge = kept[0].isascii(), kept[-1].isascii()
    return rf"(?<![a-z0-9]){body}" * edge[0] + body * (not edge[0]) + (r"(?:e?s)?(?![a-z0-9])" if edge[1] else "")


def pieces(text: str, catalogue) -> tuple[list, str]:
    """Items of which the sentence says a telling part: 键盘, 三体, "keyboards"."""
    scored = [(max(((*score(text, name),) for name in item.names), default=(0, ())), item) for item in catalogue]
    best = max((points for (points, _parts), _item in scored), default=0)
    if not best:
        return [], text
    top = [(parts, item) for (points, parts), item in scored if points == best]
    if len(top) == 2:
        top = head_noun(text, top)
    rest = text
    for part in {part for parts, _item in top for part in parts}:
        rest = re.sub(re.escape(part), MARK, rest, flags=re.I)
    named = [item for _parts, item in top]
    return named + (beside(rest, [item for item in catalogue if item not in named]) if len(top) == 1 else []), rest


def score(text: str, name: str) -> tuple[int, tuple[str, ...]]:
    """How much of the name is said, and the parts of the text that say it."""
    said, parts, points = plain(text).lower(), [], 0
    run = longest(CHATTER.sub("\0", said), plain(name).lower())
    if run:
        parts.append(run)
        points = 2 * len(run)
    known = {stem(word) for word in re.findall(r"[a-z0-9]+", plain(name).lower())} - COMMON
    for word in re.findall(r"(?<![a-z0-9])[a-z0-9]+", said):
        if stem(word) in known and (len(word) >= 3 or re.search(r"[a-z]\d|\d[a-z]", word)) and not word.isdigit():
            parts.append(word)
            points += 1 + len(stem(word)) // 2
    return points, tuple(parts)


def longest(said: str, name: str) -> str:
    """The longest run of Chinese characters in both: two at least, or a single noun after its measure word."""
    best = ""
    for start in range(len(name)):
        end = start + len(best) + 1
        while end <= len(name) and name[start:end] in said and all(HAN.match(char) for char in name[start:end]):
            best, end = name[start:end], end + 1
    if len(best) >= 2:
        return best
    singles = re.findall(rf"(?:^|[{MEASURE}那这抽])([\u3400-\u9fff])(?=$|[\s,。.!;吧给了抽来开送])", said)
    return next((char for char in singles if name.endswith(char)), "")


def head_noun(text: str, top):
    """联想的键盘 is a keyboard: of two parts with only 的 between them, the second is meant, unless the first one's name
    has both of them, as 魔音会员 of 魔音工坊年费会员."""
    for former, latter in (top, top[::-1]):
        (one, item), (other, _item) = former, latter
        if one and other and re.search(rf"{re.escape(one[0])}的?{re.escape(other[0])}", text, re.I):
            has_both = any(other[0] in plain(name).lower() for name in item.names)
            return [former if has_both else latter]
    return top


def stem(word: str) -> str:
    """Without the plural."""
    word = PLURAL.get(word, word)
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
