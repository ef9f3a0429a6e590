"""How a new prize reaches its winner, as far as the sentence says so (PURE): by a code, or by post."""

from raffle.phrases import words
from raffle.plan import Kind

CODES = r"(?:兑换|激活|邀请|优惠|注册|授权|会员)码|序列号|卡密"
CODE = words(
    CODES,
    r"会员(?![日服证制大])",
    r"\b(?:memberships?|subscriptions?)\b",
    r"\b(?:licen[cs]e|activation|promo|redeem|gift|invitation) (?:codes?|keys?)\b",
    r"(?<!\bqr )(?<!\bbar )(?<!\bsource )(?<!\bno )(?<!\bcolor )(?<!\bcolour )\bcodes?\W*$",
)
SENT = words(r"邮寄|包邮|寄[送给到出]|快递到", r"\b(?:mailed|shipped)\b", r"\b(?:by|in the) (?:post|mail|courier)\b")
SENT_ASIDE = words(  # a clause that says nothing else is no part of the name
    r"[,、。;(]\s*[^,、。;()]{0,6}?(?:邮寄|包邮|发货|快递(?!员)|寄(?:[送给到出回]|过去|(?=[,、。;)]|$)))[^,、。;()]*\)?",
    r"[,;(]\s*(?:(?:to|will|it will|it'll) be |it(?:'s| is) )?(?:mailed|shipped|posted|sent|delivered)\b[^,;()]*\)?",
)
CODE_ASIDE = words(
    rf"[,、。;(]\s*(?:是|发|给)?(?:{CODES})\)?(?=\s*(?:[,、。;]|$))",
    r"[,;(]\s*(?:as |it'?s |it is )?(?:an? )?codes?\)?(?=\s*(?:[,;]|$))",
)


def said(text: str) -> Kind | None:
    """The kind of prize that is said in so many words: "code", "arranged" (it is sent), or None."""
    if SENT.search(text) or SENT_ASIDE.search(text):
        return "arranged"
    return "code" if CODE.search(text) or CODE_ASIDE.search(text) else None


def named(text: str) -> str:
    """The sentence without the clauses that only say how the prize comes."""
    return CODE_ASIDE.sub("", SENT_ASIDE.sub("", text))
