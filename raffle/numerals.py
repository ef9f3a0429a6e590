"""Numbers as people say them, Chinese and English (PURE)."""

import re

DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "壹": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
ALONE = {"俩": 2, "仨": 3}
WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "single": 1,
    "dozen": 12,
}
HANS = "零〇一壹二两三四五六七八九十百"
HAN = rf"[{HANS}]+"
MEASURE = "个只把份位名件台套本张盒枚支幅款样人册次"
COUNTER = MEASURE + "副条瓶顶辆部袋箱罐杯"  # the rarer ones only after a number: alone they are nouns
ENDS = rf"\s*[{COUNTER}]?\s*(?:[,。、.!;)]|$)"  # what x3 must stand before: elsewhere it is rather the name of a model
SPOKEN = re.compile(
    rf"(?<![第每a-z0-9.#])(?P<digits>\d+)\s*(?![\w]*号|(?:st|nd|rd|th|%)|\s*(?:min|sec|分钟|秒))"
    rf"|(?<!第)(?<!每)(?P<han>{HAN})\s*(?=[{COUNTER}])(?!次|部[分曲])"
    rf"|(?<=[抽开送摇来])(?P<bare>{HAN}|\d+)(?![{MEASURE}等号下次起点轮波\d])"
    rf"|(?<![a-z0-9])x(?P<times>\d+|{HAN})(?={ENDS})"
    rf"|(?:数量|[一总]共|(?<![一总公])共计?)[是为有:\s]*(?P<total>\d+|{HAN})(?![{HANS}\d轮波次号车桌点分])"
    r"|(?P<both>[俩仨])"
    rf"|\b(?P<word>{'|'.join(WORDS)})\b(?!\s+(?:at a time|by one|and all))",
    re.I,
)
VAGUE = re.compile(
    r"(?:[二两三四五六七八九十几]|[2-9])次|几["
    + COUNTER
    + r"]|多少|一些|若干|多抽点|a few|several|\bsome\b|a couple|a bunch|many"
    + rf"|(?:[二两双三四五六七八九十]|\d)连[抽送开中发]|(?<![a-z0-9])x\d+(?!\d|{ENDS})"
    + rf"|(?<!win )(?<!wins )(?<!won )\b(?:twice|thrice|(?:\d+|{'|'.join(WORDS)}) times)\b"
    + rf"|(?:\d|{HAN})\s*[打对双](?!算|开|赌|包|手)|\bpairs?\b|\bhalf\b|半[个打数]|一半|\d\.\d"
    + rf"|(?<![0-9a-z\s])\s*[-−–]\d|^[-−–]\d|\s[-−–]\d|负(?:\d|{HAN})|\bminus (?:\d|one|two|three|four|five)\b",
    re.I,
)


def value(text: str) -> int | None:
    """The number that `text` stands for; None for what is no single number (两三)."""
    text = text.lower()
    if text.isdecimal():
        return int(text)
    if text in ALONE or text in WORDS:
        return ALONE.get(text) or WORDS[text]
    match = re.fullmatch(
        r"(?:([一二两三四五六七八九])?(百))?零?(?:([一二三四五六七八九])?(十))?([零〇一壹二两三四五六七八九])?", text
    )
    if not match or not text:
        return None
    hundreds, hundred, tens, ten, ones = match.groups()
    return (
        (DIGITS.get(hundreds, 1) * 100 if hundred else 0)
        + (DIGITS.get(tens, 1) * 10 if ten else 0)
        + DIGITS.get(ones, 0)
    )


def spoken(text: str) -> list[int | None]:
    """The numbers of things in `text`, in order; None where one is no single number."""
    return [value(next(part for part in match.groups() if part)) for match in SPOKEN.finditer(text)]
