"""Whether a draw is for people whom no rule of a plan can name: women, students, the front row (PURE)."""

import re

from raffle import numerals
from raffle.catalogue import MARK
from raffle.phrases import (
    ABOARD,
    ABSENT_TOO,
    ADDRESS,
    ANYBODY,
    DRAW,
    FILLING,
    GROUP,
    PRESENT,
    SEEN,
    WINNERS_OUT,
    WINNERS_TOO,
    words,
)

RULES = (WINNERS_TOO, WINNERS_OUT, ABSENT_TOO, PRESENT, GROUP)
EVERYBODY = words(  # who is meant by these is not limited; with the small words that stand beside them
    r"女士们?[,、和]?(?:各位)?先生们?|先生们?[,、和]?女士们?|ladies and gentlemen",
    rf"大家伙?儿?|(?:老铁|宝子|家人|亲|旅[客伴友]|{ABOARD})们?|各位|所有|全[部体场员]|每一?[个位]?|在[场座]|到?现场|到场者?|观众|小?伙伴|乘客|来宾|参[与加会]者?|人员?|们|您|它|谁",
    r"报名[表者]?|幸运[儿者]?|[中获]奖者?|大奖|得主|赢家|票箱?|签|奖池|箱子?|盒子|池子?|名单|名额",
    r"再|又|也|都|还|来|带|加|连|多|各|安排|随机|公平|公正|直接|赶紧|机会|福利|惊喜|看看?|好|行|可以|能|够|会|有|剩|差|用|需|想",
    rf"(?:{numerals.HAN}|\d+)?[轮回波]|里面?|其中|当中|今[天晚]?|这|那|把|由|啦|嘛|哦|哈|几?[百千万]+",
    r"\b(?:all|(?:any|some|every)(?:one|body)|whoever|us|them|our|your|my|this|these|it|here|there|still|we)\b",
    rf"\b(?:winners?|persons?|friends|audience|crowd|{ANYBODY}|present|registered|tickets?|phones?)\b",
    r"\b(?:today|tonight|time|round|once|evening|night|show|events?|prizes?|gifts?|lucky|luck|real|fun|sure|good|win)\b",
    r"\b(?:left|more|each|per|is|are|was|be|have|has|got|can|will|do|does|before|after|with)\b",
)
PEOPLE = words(
    r"(?:[生员者士师女男孩童宾]|[员职]工)(?:们|的)*\s*(?:[一两二三四五六七八九十\d]+\s*[个位名])?\s*$",
    r"(?:[前后左右中][一二两三四五六七八九十几\d]*|第.{1,2})[排边侧]",
    r"\b(?:wom[ae]n|girls?|lady|ladies|m[ae]n|boys?|gentlem[ae]n|kids?|child(?:ren)?|parents?|seniors?|juniors?|rows?|vips?)\b",
    r"\b(?:students?|teachers?|volunteers?|staff|employees?|members|speakers?|newcomers?|first[- ]?timers?)\b",
    r"\b(?:developers?|engineers?|designers?|founders?)\b",
)
TO = "给(?!大家|力|点|.*(?:掌|欢呼|鼓励))"
GIVEN = words(  # a group, by where it stands in a clause
    rf"{TO}(?P<to>[^{MARK}]{{1,12}}?)(?:抽(?!奖)|[送开来发摇选])",
    rf"(?:抽(?!奖)|[送开来奖{MARK}]).*?{TO}(?P<end>[^{MARK}]{{1,12}}?)$",
    rf"^\W*[就只都是那]*{TO}(?P<alone>.{{1,12}})$",
    r"(?<!不)[只仅](?:限于?|[给让从在许]|允许)(?P<only>.+)$",
    r"(?<![有无期上])限(?![量时定额制度])(?P<limit>.+)$",
    rf"从(?!.*开始)(?P<out_of>[^{MARK}]{{1,12}}?)(?:抽(?!奖)|选|摇)",
    rf"在(?P<among>[^{MARK}]{{1,12}}?)(?:里面?|当中|之中|中间?)(?:抽(?!奖)|选|摇)",
)
COUNTED = rf"(?:{numerals.HAN}|\d+)?\s*"
WHOM = rf"(?:(?![送拿领得赢获给抽]|上[台来])[^{MARK}])+"
PICKED = words(  # a group, where the winner stands: the prize comes after it, or it is counted as people are
    rf"(?:抽(?!奖|完|号)|选|摇|送)[出取中到]?{COUNTED}[位名](?P<counted>{WHOM})",
    rf"(?:抽(?!奖|完|号)|选|摇)[出取中到]?{COUNTED}个?(?P<gets>{WHOM})[送拿领得赢获](?=[^,]{{0,4}}{MARK})",
    rf"^\W*(?:坐|站|穿|戴|住|姓|来自)(?P<such>[^{MARK}]{{1,12}})的\W*$",
    rf"\b(?:(?:some|any|every)(?:one|body)|people|persons?|winners?|folks|those)"
    rf" (?:from|in|with|wearing|sitting)\b(?P<where>[^{MARK}]+?)(?:\b(?:for|to)\b|{MARK}|$)",
)
NOT_ALLOWED = r"(?:can ?not|can't|(?:may|must|do|does|should|will) not|don't|doesn't|shouldn't|won't)"
LEFT_OUT = words(  # who may not win
    rf"^(?!.*(?:刚才|刚刚|[上这])[那这]?[一]?[个次轮回把]?不算)(?P<out>[^{MARK}]+?)[就都也先]*(?:除外|不参[与加]|不算|[没无]有?资格"
    r"|(?:不(?:能|得|可以?|许|准|让)|别)再?(?:参[与加]|中奖?|抽奖?|拿|得|领))",
    rf"除[了去开](?P<but>(?:(?![还也])[^{MARK}])+?)(?:[以之]?外|$)|除(?![夕非此])(?P<beside>[^{MARK}]{{1,12}}?)[以之]?外",
    rf"(?P<aside>[^{MARK}]+?) (?:(?:is|are|to) )?sit(?:s|ting)? (?:this|it|out)\b",
    rf"(?P<barred>[^{MARK}]+?) (?:(?:is|are|be) )?(?:all )?(?:excluded|ineligible|barred|not (?:eligible|included|allowed))\b",
    rf"(?P<cannot>[^{MARK}]+?) {NOT_ALLOWED} (?:win|take part|participate|play|enter|count|join|get|be drawn)\b",
    rf"\b(?:except|exclud(?:e|ing)|other than|apart from|(?:all|every(?:one|body)|any(?:one|body)) but)(?: for)?\b(?P<save>[^{MARK}]+)$",
)
WON = words(  # they are left out anyway
    r"(?:已经)?[中得拿赢获领][过了]?奖品?", r"\b(?:if (?:you|they)(?:'ve| have)? )?(?:already )?won\b"
)
OUTSIDERS = words(r"嘉宾", r"\b(?:guests?|sponsors?|organi[sz]ers?|crew|team|hosts?|friends|famil(?:y|ies))\b")
LOOKS = words(  # whom an eye would have to choose, whether a prize is named or not
    SEEN,
    r"[长短卷直红金白黑光]头发?的|(?:高|矮|胖|瘦|年轻|漂亮|帅)的(?:那[个位])?(?:人|同学|朋友|小伙子?|姑娘)",
    rf"\b(?:wearing|dressed in)\b|(?<!{MARK} )\b(?:in|with) (?:an? |the )?(?:red|blue|green|black|white|yellow|pink|orange|"
    r"glasses|hats?|beards?|caps?)\b(?! (?:box|bag|envelope|case|cover|car|carriage|version|edition|one))",
)
PERHAPS = words(  # a group only where it looks like people
    rf"(?:抽(?!奖)|选|摇)[出取中到]?{COUNTED}个?(?P<kind>{WHOM})",
    rf"\b(?:draw|pick|choose|select)\b(?P<picked>[^{MARK}]+?)(?:\b(?:for|to|who)\b|{MARK}|$)",
    rf"\b(?:no|not|without)\b(?P<no>[^{MARK}]+)$|(?P<are_out>[^{MARK}]+?) (?:is|are) out\b",
    rf"(?P<aside>[^{MARK}]+?)[就都也请先]*(?:靠边|退出|回避|让一?让)",
    rf"(?:不[要选给]|别[要抽选给]|排除|剔除|不包?[括含])(?P<none>[^{MARK}]+)$",
)
PEOPLE_FIRST = re.compile(
    rf"^(?!.*[请让由把帮替想要从给].*抽)(?P<who>[^{MARK}]{{2,14}}?)(?:抽(?!奖)|摇|来(?=[一两三四五六七八九十\d个])|$)"
)
PEOPLE_AT_ALL = re.compile(
    r"(?<!不)[只仅](?:抽(?!奖)|[要选有送])(?P<zh>.+)$|\bonly (?P<en>.+)$|\b(?:from|to) (?P<of>.+)$", re.I
)
FOR = re.compile(rf"\b(?:for|among(?:st)?) (?P<whom>.+)$|(?P<just>[^{MARK}]+)\bonly\W*$", re.I)
THANKS = re.compile("谢|请|欢迎|恭|祝|各位|先生|们")


def limited(rest: str) -> bool:
    """Whether a sentence of a draw says of whom, and it is nobody that a rule can say; `rest` has no prize's name."""
    for rule in RULES:
        rest = rule.sub(" ", rest)
    return any(narrows(clause, MARK in rest) for clause in re.split(r"[,。.!;:?\n]", rest))


def by_looks(rest: str) -> bool:
    """Whether somebody is meant by what they wear or look like: no list knows that, and no name is said."""
    return bool(LOOKS.search(rest))


def narrows(clause: str, prize_is_named: bool) -> bool:
    """Whether the clause names such people. What stands in doubtful places must look like people, lest it be a prize."""
    for pattern in (GIVEN, PICKED):
        if any(residue(said) for said in heard(pattern, clause)):
            return True
    for said in heard(LEFT_OUT, clause):
        if residue(WON.sub(" ", said)) or PEOPLE.search(said) or OUTSIDERS.search(said):
            return True
    if any(PEOPLE.search(said) for said in heard(PERHAPS, clause) if residue(said)):
        return True
    if match := PEOPLE_FIRST.search(clause):
        who, last = match["who"].strip(), match.end() == len(clause)
        of_a_kind = who.endswith("的") and MARK in clause
        if residue(who) and (of_a_kind or PEOPLE.search(who)) and not (last and (len(who) > 4 or THANKS.search(who))):
            return True
    for pattern in (FOR, PEOPLE_AT_ALL):
        for match in pattern.finditer(clause):
            said = next(group for group in match.groups() if group)
            sure = prize_is_named and MARK not in said and said != match.groupdict().get("of")
            if residue(said) and (sure or any(PEOPLE.search(part) for part in said.split(MARK))):
                return True
    return False


def heard(pattern, clause: str) -> list[str]:
    """The words that stand in the pattern's places."""
    return [said for match in pattern.finditer(clause) for said in match.groups() if said]


def residue(said: str) -> bool:
    """Whether anything is left of the words when everybody, numbers, the command and small words are taken away."""
    for part in (EVERYBODY, ADDRESS, numerals.SPOKEN, DRAW, FILLING):
        said = part.sub(" ", said)
    return bool(re.search(r"[^\W\d_]{2}|[\u3400-\u9fff]", said))
