"""How hosts say things, Chinese and English, as patterns (PURE). What they mean together is in rules.py."""

import re

from raffle import numerals
from raffle.catalogue import MARK


def words(*patterns):
    return re.compile("|".join(patterns), re.I)


ABOARD = "车友|乘友"  # in a hall that is a train these are everybody
ANYBODY = r"(?:guests?|riders?|travell?ers?|passengers?|attendees?|participants?)"
MANY = rf"(?:{'|'.join(word for word in numerals.WORDS if word not in ('one', 'single'))}|\d{{1,3}})"
DRAW = words(
    r"抽(?!屉)",
    "开奖",
    "摇(?:号|奖|一|出|个)",
    r"来(?:[一两三四五\d个把波点]|抽)",
    "送(?:出|掉|完|走)|都送了",
    "走起",
    r"开(?:始|启)?(?:[一两三四五\d]个|抽)",
    rf"^\W*(?:(?:[我咱]们|现在|下面|接下来|那|好的?|先|来)\W*)*送(?:{numerals.HAN}|\d+)[{numerals.COUNTER}]",
    rf"\bgive (?:a|one|{MANY}) (?:lucky )?(?:people|person|winners?|{ANYBODY})\b|\b(?:one|{MANY}) (?:lucky )?(?:people|person|{ANYBODY}) (?:gets?|wins?)\b",
    r"\b(?:draw(?:s|ing)?|raffle|pick|roll|spin|giv(?:e|ing) (?:away|out)|hand out|let'?s (?:do|have|go)|go for|(?:it'?s )?time for|do the|we'?ll do)\b",
)
ADD = words(
    r"(?:追加|新增|添加|加码|加奖)",
    r"(?:再|又|多)?[加添](?:上|了)?(?:[一两三四五六七八九十\d]+[个份件样]|个|份)?(?:新)?的?奖",
    r"(?:再|多|额外)[加添送](?:上)?[一两三四五六七八九十\d]",
    r"[加添][一两三四五六七八九十\d]+[个份把台套张本]",
    r"(?:赞助|提供|捐|掏)了?[一两三四五六七八九十\d]",
    r"^\s*(?:please )?add\b",
    r"\badd (?:a|an|another|one|two|three|\d+)\b",
    r"(?:new|another|one more|extra|bonus) prize\b(?=\s*[:,]|\s+(?:called|is|from))",
    r"\b(?:donat|sponsor)(?:es?|ed|ing)\b",
)
ABSENT = words(
    r"不在(?!乎|意|少数)",
    r"没(?:有)?(?:来|在|到|人应|人来|反应|回应|动静|人上)",
    "无人",
    "不见人",
    "顺延",
    "跳过",
    "过号",
    "叫不到",
    "联系不上",
    "(?:已经|先|人)走了",
    "换(?:下一)?[个位]人",
    r"下一[位名]|下一个人",
    r"(?:\bnot|n't|isnt|arent) (?:here|around|in the room|present|answering|coming)",
    r"\bno[- ](?:answer|response|show|reply)",
    r"\babsent\b",
    r"\bpass(?:es)? (?:it |this )?(?:on|over)\b",
    r"\b(?:has |have |'s |already )?(?:left|gone)\b(?! (?:to|in the catalog))",
    r"\bnext (?:person|in line|name|in order)\b",
    r"\bskip\b",
    r"\bnobody (?:came|answers|is coming)",
)
UNSURE = words(  # a clause that asks, supposes or denies that somebody is here or missing: it does not say so
    r"\?\s*$",
    r"吗|[没么]\W*$|没有\W*$",
    r"谁(?!都|也)|哪[位个]|有没有|是不是|是否|会不会|难道|(?P<seen>[来到在走])了?[没不](?P=seen)",
    r"如果|要是|假如|假使|倘若|万一|若是|等到?(?:他|她|ta|人|本人|[这那]位)[^没]{0,3}[来到上]",
    r"(?:别|甭|勿|不(?:要|用|必|能|许|该|应该|可以|可|需要?|想|准|打算)?|没(?:有)?(?:让|要|说|叫)?)(?:再|先|急着?|着急|马上|现在|就|[把给叫让](?:他|她|ta|人|[这那][个位]?人?))*(?:跳过|过号|顺延|换(?:下一)?[个位]人|叫?下一)",
    r"(?:不是|没有?|并非)(?:人|说)?(?:不在|没来|没到|没在|走了)",
    r"(?:没(?:有)?(?:看见|看到|见到?|听见|听说|说)|不(?:知道|确定|清楚|觉得|认为|是|信))[^,]{0,8}(?:来了|到了|在这|上来|上台)",
    r"^\W*(?:(?:so|and|but|ok(?:ay)?|well|wait|hey|now|then)\W+)*(?:is|are|was|were|has|had|did|does|should)(?:n'?t)? (?:he|she|they|it|we|you|i|that|this|there|the|our|any\w*|some\w*|every\w*|nobody|no one)\b",
    r"^\W*(?:(?:so|and|but|ok(?:ay)?|well|wait|hey|now|then)\W+)*(?:have|do)(?:n'?t)? (?:they|we|you|i|any\w*|some\w*)\b",
    r"^\W*(?:(?:so|and|but)\W+)?(?:who|whose|where|why|which|what|when|how)\b",
    r"\b(?:if|whether|unless|until|in case|as soon as|once (?:he|she|they))\b",
    r"(?:n't|\b(?:dont|not|never|no need to|without|no one|nobody|none)) (?:(?:is|are|was|has|have|had|yet|just|to|be|been|really|please|ever|going) )*(?:skip\w*|pass\w*|absent|gone|left)\b",
    r"(?:n't|\b(?:dont|not|never)) (?:call|take|go|move|ask) (?:\w+ ){0,3}next\b",
    r"(?:n't|\b(?:dont|not|never|doubt\w*))\b.{0,24}\b(?:he|she|they|winner|person)(?:'s| is| are|'re| has| have|'ve)? (?:right )?(?:here|come|came|arrived|on stage)\b",
)
CLAUSE = re.compile(r"[^,。.!;…?\n]+\??")
HERE = words(
    r"(?:他|她|人|ta|本人|[\u4e00-\u9fff]{2,3})?(?:已经)?(?:来了|到了|上台了|上来了|在这|在呢|站起来了|领走了)",
    r"^\s*在[。.!]?\s*$",
    r"\b(?:he|she|they|winner|person)(?:'s| is| are|'re| has| have|'ve)? (?:right )?(?:here|come|came|arrived|on stage|made it)\b",
    r"^\s*here\b",
    r"\bfound (?:him|her|them)\b",
)
EXPLAIN = words(
    "公平",
    "公正",
    "作弊",
    "黑幕",
    "黑箱",
    "内幕",
    "猫腻",
    "暗箱",
    "偏心",
    "靠谱",
    "凭什么",
    r"怎么(?:抽|保证|算|验证|知道|证明|选)",
    "谁(?:决定|说了算|来定)",
    "(?:是不是|真的)随机",
    "能(?:不能)?(?:查|验证|造假)",
    "原理",
    r"\b(?:fair(?:ness|ly)?|rigged|rig|cheat\w*|trust|prove|proof|verify|random)\b",
    r"\bhow (?:does|do|is|are|can|did)\b.*\b(?:work|draw|know|chosen|picked|decided|sure)\b",
    r"\bwho (?:decides|picks|chooses)\b",
)
STOP = words(
    r"(?:别|不要|不用|暂时不|暂时别|不)(?:再)?(?:急着?)?(?:抽|开奖|开始)(?!到|中|重|走)",
    r"等(?:一下|等|会|一会|我)",
    "慢着",
    "暂停",
    "^停",
    "算了",
    "取消",
    r"\b(?:don'?t|do not|not|won'?t|never) (?:draw|start|begin|spin|pick)\b(?! (?:anyone|anybody|people|those|winners|the same))",
    r"\b(?:wait|hold on|stop|pause|cancel|never ?mind|hang on|not yet)\b",
)
NOT_STOP = words(
    r"(?:别|不要|不)(?:再)?抽(?:已经|之前|前面|刚才|那些|同|中|到)",
    r"\b(?:can'?t|cannot|no need to|without) wait(?:ing)?\b",
)
ALLOWED = r"(?:也都|也|都|一样|照样|照旧|同样|还)(?:可以|能|算|行|参加|参与|有|在|一起|来|要|进)"
JOINED = r"(?:和|跟|与|及|以及|还有|或者?|、|,)"
WINNERS_TOO = words(
    r"(?:中|得|拿|赢)过奖?的?(?:人|同学|朋友|各位|观众)?(?:可以|能)(?!不)",
    rf"(?:中|得|拿|赢)过奖?的?(?:人|同学|朋友)?{JOINED}[^,。]{{1,10}}?{ALLOWED}",
    r"(?:中过|得过|拿过|赢过|中了|中)(?:奖|过奖)?的?(?:人|同学|朋友|各位)?" + ALLOWED,
    r"不(?:用|必|需要)?(?:排除|剔除|去掉)",
    r"不管(?:有没有|中没中|是否|中过没)",
    r"(?:无论|不论)(?:有没有|中没中|是否)(?:中|得|拿)",
    r"(?:所有人|全员|人人|大家|全场)(?:都|一起|均)(?:能|可以|有|参|来|算|抽|进)",
    r"\b(?<!not )(?<!n't )(?:including|include|with) (?:the )?(?:previous |past |earlier |old )?winners\b",
    r"\bwinners (?:too|again|as well|included|can|may|are (?:in|allowed|welcome|eligible))\b(?!'t| ?not)",
    r"\beven (?:the )?winners\b",
    r"\beven (?:if they(?:'ve| have)?|those who(?:'ve| have)?|people who(?:'ve| have)?|past|previous|earlier) ?(?:already )?(?:won|winners)\b",
    r"\beveryone (?:again|is (?:in|eligible)|can|plays|takes part)",
)
WINNERS_OUT = words(
    r"(?:没|未|没有|从未|还没)(?:有)?(?:中|得|拿|赢)",
    rf"(?:中|得|拿|赢)过奖?的?(?:人|同学)?{JOINED}[^,。]{{1,10}}?(?:都|也)?(?:除外|不算|不要|排除|不能|不参|不再|不可以|不行|不抽)",
    r"\bwinners (?:can ?not|can't|may not|are (?:out|excluded|not)|excluded|don't|do not)\b",
    r"(?:中|得|拿|赢)过奖?的?(?:人|同学)?(?:就|先)?(?:除外|不算|不要|排除|别|不能|不参|靠边|不再|出去|不可以|不抽|让让)",
    r"(?:排除|除了|去掉|剔除|不要)(?:掉)?(?:之前|已经|前面)?(?:中|得|拿|赢)",
    r"\b(?:haven'?t|has ?n'?t|not|never|without|no|exclud\w+|except|minus) (?:yet |already |previous |past |earlier |the |a |any )*(?:w[io]n(?:ners?)?)\b",
    r"\bnon-?winners\b",
    r"(?:\bnot|n't) (?:include|including|with) (?:the )?(?:previous |past |earlier |old )?winners\b",
    r"\bnew (?:people|faces)\b",
)
AWAY = r"(?:不在场?|没来|没到(?:场)?|不到场|线上|远程|走了|离场|在家)"
ABSENT_TOO = words(
    rf"{AWAY}的?(?:人|同学|朋友)?(?:也|都|一样|照样|同样)(?!不|别|没|除|排)",
    rf"{AWAY}的?(?:人|同学|朋友)?{JOINED}[^,。]{{1,10}}?{ALLOWED}",
    r"(?:不用|不必|不要求|无需|不需要|不一定要?|不限)(?:人)?(?:在场|到场|现场|在)",
    r"(?:不管|无论|不论)(?:人)?(?:在不在|来没来|到没到|是否(?:在|到))",
    r"(?:所有|全部|全体|凡是)?报(?:了)?名的?(?:人|同学|朋友)?(?:都|也|里|全)",
    r"所有报(?:了)?名",
    r"\b(?:absent|remote|online) (?:people|ones|folks|attendees|guests)?\s*(?:too|as well|included|can|may|count|are (?:in|ok|fine|eligible))\b(?!'t| ?not)",
    r"(?:\bnot|n't) (?:have|need) to be (?:here|present|in the room)\b",
    r"\b(?:no need|not required) to be (?:here|present|in the room)\b",
    r"\beven (?:if|those|people|the ones)[^,.]{0,20}(?:not here|aren'?t here|absent|left|at home|remote)\b",
    r"\b(?:all|every(?:one|body)?|any(?:one|body))[^,.]{0,12}registered\b",
    r"\bincluding (?:the )?(?:absent|remote|people (?:who are )?(?:not here|online))",
)
PRESENT = words(
    r"(?:要|得|必须|只(?:要|限|抽)?|仅限)(?:人)?(?:在场|到场|现场|在)",
    r"\b(?:must|have to|need to|has to) be (?:here|present|in the room)\b",
    rf"{AWAY}的?(?:人|同学|朋友)?(?:也|都|就|{JOINED}[^,。]{{1,10}}?(?:都|也)?)?(?:不算|不要|不能|不行|不参|不可以|除外|排除)",
    r"\b(?:absent|remote|online) (?:people|ones|folks|attendees|guests)? ?(?:can ?not|can't|may not|don't|do not|are (?:out|not)|excluded)\b",
)
ONLY_THOSE = words(  # what no rule of a draw can say
    r"(?:只|仅|光)(?:要|限|抽|给|从|让)?(?:之前|已经|曾经|前面)?(?:中|得|拿|赢)过",
    rf"(?:只|仅|光)(?:要|限|抽|给|从|让)?{AWAY}",
    r"\bonly (?:for |from )?(?:the )?(?:previous |past |earlier |old )?winners\b",
    r"(?<!non-)(?<!non )\bwinners only\b",
    r"\bonly (?:people|those|folks|ones) who(?:'ve| have)? (?:already )?won\b",
    r"\b(?:only (?:for )?(?:the )?(?:absent|remote|online)|(?:absent|remote|online) (?:people|ones|guests)? ?only)\b",
)
NEXT = words(
    r"下一(?:个|件|份|样|项)(?:奖|抽)",
    r"下一[轮抽]",
    "接着(?:抽|来)",
    "继续(?:抽)?",
    r"^(?:好的?|行|那|来|ok|现在|我们|开始|准备|可以|大家准备好)?[,\s]*(?:咱们|我们)?(?:开始|开抽|走起|开奖|抽奖|抽|来)(?:开始|抽奖|抽|开奖)?(?:了|吧|啦)?[。.!]?$",
    r"\bnext (?:prize|draw|round|item|gift)\b",
    r"\b(?:carry on|keep going|continue|let'?s (?:go|start|begin|draw)|start (?:the )?(?:draw|raffle))\b",
)
REPEAT = words(
    r"再(?:来|抽)(?:一|1)?(?:个|次|把|份|轮|位|回)",
    r"(?:同样|一样|刚才|这)的?(?:奖品?|东西)?.{0,4}再(?:来|抽)",
    r"\b(?:one more|again|another one|same (?:prize|one|again))\b",
)
NEXT_WHO = words(r"^\W*(?:好|那|来|ok)?\W*下一个\W*$", r"^\W*(?:ok(?:ay)?|and|the)?\W*next(?: one)?(?: please)?\W*$")
NEXT_ONE = words(r"下一[个件份样项轮](?=奖|抽)")  # its 一 counts no winners
ALL_LEFT = words(
    r"(?:全部|通通|统统|一口气)(?:都)?抽",
    r"(?:剩下|余下|剩余|全部|所有)的?(?:都|全|一次|" + MARK + ")",
    r"都(?:抽(?:了|掉|完)|送(?:了|掉|完|出))",
    r"全抽",
    r"一次抽完",
    r"\ball (?:of )?(?:the )?(?:remaining|rest|that'?s left|" + MARK + r")",
    r"\b(?:the rest|whatever is left)\b",
)
BOTH = re.compile(rf"\bboth (?:of )?(?:(?:the|our|these|those) )?(?={MARK})", re.I)
UNREAD = re.compile(rf"{MARK}[\s,、:]*{numerals.HAN}\W*$|\bboth\b", re.I)  # it may be a number: 抽鼠标三
EACH = words(  # numbers that say how a draw goes, not of how many
    rf"(?:[每一]人|(?<!第)一[{numerals.MEASURE}])一[{numerals.MEASURE}]",
    rf"一[{numerals.MEASURE}][也都]?不[留剩落]",
    r"\b(?:one (?:each|per person|after another)|(?:in|at) (?:one|a single) (?:go|draw|round))\b",
)
ASKING = words(
    "多少", r"还(?:有|剩)几?", "几点", "什么时候", "谁", r"\bhow (?:many|much|long)\b", r"^\W*(?:what|when|who|where)\b"
)
NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
GROUP = re.compile(
    rf"(?<![a-z0-9])({NUMBER})\s*号?(?:车厢|车|桌)|\b(?:car|carriage|coach|table|group)\s*(?:no\.?|number|#)?\s*(\d{{1,2}}|[a-z]+)\b",
    re.I,
)
CARS = (
    rf"(?:{NUMBER}\s*号?(?:车厢|车|桌)|(?:cars?|carriages?|coach(?:es)?|tables?|groups?)\s*(?:no\.?|number|#)?\s*\w+)"
)
GROUPS = words(  # more than one, or all but one: no rule of a draw that a sentence opens
    rf"{NUMBER}\s*号?\s*(?:和|跟|与|及|以及|还有|或者?|、|,|到|至|-|~)\s*{NUMBER}\s*号?\s*(?:车厢|车|桌)",
    rf"\b(?:cars?|carriages?|coach(?:es)?|tables?|groups?)\s*(?:no\.?|number|#)?\s*(?:\d{{1,2}}|{'|'.join(numerals.WORDS)})"
    rf"(?:\s*(?:,|and|or|to|-|&|\+)\s*)+(?:(?:cars?|tables?|groups?)\s*)?(?:\d{{1,2}}|{'|'.join(numerals.WORDS)})\b(?! (?:{MARK}|of))",
    rf"(?:不要|不算|别要|不包括|不含|除了?|除去|除开|排除|去掉|剔除|不从|别从|不给|别给|不是|不抽|别抽|避开|非)\s*(?:坐在?|来自|在)?{CARS}",
    rf"{CARS}(?:里|上)?的?(?:人|同学|朋友|观众|乘客)?(?:们)?(?:就|都|也|先)?(?:除外|以外|之外|不要|不算|不参|不能|不行|不可以|别|排除|靠边|不抽|去掉)",
    rf"\b(?:not|except|without|but|no|excluding|exclude|minus|unless|outside|skip)\b(?:\s+(?:for|from|in|at|the|those|people|anyone|anybody|of|on))*\s+{CARS}",
    rf"{CARS}\s+(?:is |are )?(?:excluded|out|cannot|can't|may not|not included|does not|doesn't)\b",
)
REMOVE = words(  # a prize off the list, or out of turn
    rf"删(?:除|掉|了|去)|划掉|撤(?:掉|下|了|走|销|回)|下架|作废|减(?:少|掉|去|[一二两三四五六七八九十\d])|少(?:抽|送|放|要)|少来?[一两二三四五\d]+[{numerals.MEASURE}]?{MARK}",
    r"移除|剔除|去掉|砍掉|扣掉|收回|不(?:要|送|发)了",
    rf"(?:不要|别要|不是|除了?|跳过|略过|排除|别抽|不抽)\s*(?:那|这|下)?[一]?[{numerals.MEASURE}]?的?(?:奖|{MARK})",
    rf"{MARK}[^,。]{{0,4}}(?:除外|以外|之外|跳过|略过|不要(?!在)|不抽|别抽)",
    rf"\b(?:remove|delete|discard|scrap|withdraw|forget|exclude|except|without|skip|drop|cancel|pass over|not|no more|anything but|everything but|instead of|rather than|fewer|less)\s+"
    rf"(?:(?:for|the|a|an|any|that|this|next|one|two|three|\d+)\s+)*(?:prize|gift|item|{MARK})",
    rf"\b(?:take|pull)\b.{{0,12}}{MARK}.{{0,6}}\b(?:off|out|away|back)\b|\btake (?:off|away|out)\b",
    rf"{MARK} (?:is |are )?(?:out|excluded|cancelled|gone)\b",
)
SEEN = (  # who is meant by what they wear or where they sit; 戴 alone is a name
    r"(?:[那这][边位个])?(?:(?<=[给从让叫选个位名边里])|(?<![\u4e00-\u9fff]))(?:(?:(?:穿(?!越|搭|戴)|[坐站])着?|戴着|留着?|扎着?|染着?)[^,。]{1,8}的"
    r"|戴[^,。]{0,4}(?:眼镜|帽子?|口罩|围巾|手表|耳[环机钉]|项链|领带)的?)"
)
SOMEBODY = (
    rf"(?:{SEEN}|{ABOARD}|(?:a|one) (?:lucky )?{ANYBODY}\b|{MANY} (?!wins|gets|is)[a-z]+s\b|"
    r"大家|所有人|每个?人?|在场|现场|没(?:有)?(?:中|得|拿)|未中|还没|中过|观众|前排|后排|[一两二三四五六七八九十\d几]+\s*[个位名人]|幸运|人(?![\u4e00-\u9fff])|各位|谁|来的?|出来|抽|下一|[他我你]们(?:都|$)|新|线上|报名|全场|"
    r"ai|机器|算式|系统|电脑|手机|"
    + MARK
    + r"|everyone|everybody|someone|somebody|anyone|whoever|nobody|people|those|who|it\b|the (?:crowd|audience|room|next|lucky|winners?)|(?:a|one|two|three|four|five|ten|\d+) (?:lucky|person|people|winners?|of)|them|us|(?:here|on|in|not|gone|absent|coming|missing|standing|nowhere|still|already|there)\b|chance|luck|fate|winners?|lucky|non)"
)
NAME = rf"(?!\s*{SOMEBODY})\s*[「“\"'《]?[\w·.]{{1,16}}?(?:[ -][\w·]{{1,12}}?)?[」”\"'》]?\s*"
PERSON = words(
    rf"(?:让|叫|使|令|保证|确保|安排|内定|指定|必须是?|务必|就(?=给|让|送)){NAME}(?:中|赢|获|拿|得|抽中|当|成为|领)",
    rf"(?:送给|发给|颁给|留给|奖给|给到|内定给?|指定给?|就给|{MARK}给|都给|直接给|归){NAME}(?:$|[,。.!;吧的了一]|中|这)",
    rf"(?:把|将).{{0,12}}(?:给|送(?!给|(?:出去?|[掉完走了])(?:$|[,。.!;吧了]))){NAME}(?:$|[,。.!;吧了])",
    rf"(?:抽中|抽到|抽出|选中|选|点名)(?!过|了?的|{MARK}){NAME}(?:$|[,。.!;吧了])",
    rf"(?:中奖|获奖|赢)(?:的人?|者|家)?(?:就|必须|应该|得|肯定)?(?:是|为|写){NAME}",
    r"(?:^|[,。;]|要|想|得)\s*[\w·]{1,8}(?:必须|应该|一定(?:要|得)?|该|得)(?:中奖|中一|中$|赢|拿奖|抽中|得奖)",
    r"(?:别|不要|不能|不许|不让)(?:再)?(?:让|抽(?:中|到)|给)" + NAME + r"(?:$|[,。.!;吧中赢拿])",
    rf"(?:要|想|希望|盼着?){NAME}(?:中奖|赢|拿到|得到|获奖|得奖)",
    rf"\b(?:want|like|prefer|hope for){NAME}to (?:win|get|have|be)\b",
    rf"\b(?:let|make|have|help|ensure|see (?:that|to it)|make sure(?: that)?){NAME}\s*(?:wins?\b|gets?\b|the winner|to win|is (?:picked|drawn|chosen))",
    rf"\b(?:give|hand|award|send|goes?|going|reserve|save|keep)\b.{{0,24}}?\b(?:to|for)\b{NAME}(?:$|[,.!;]|because|as\b|please|this|now)",
    r"\bgive (?!away|out|it|the|a\b|one|us|every)[a-z]+ (?:the|a|that|one|" + MARK + r")",
    rf"\b(?:pick|choose|select|draw|name){NAME}(?:as|to be|to win|for the win)\b",
    rf"\b(?:winner|prize) (?:is|should be|must be|will be|goes to|has to be){NAME}",
    rf"(?:^|[,.;:]\s*|\bthat )(?!\s*{SOMEBODY})(?:[\w'.-]{{1,20}} ){{1,3}}(?:should|must|has to|needs to|will|is going to|deserves to|ought to) (?:win|get it|be drawn|be picked)",
    r"\b(?:don'?t|do not|never) let (?!" + SOMEBODY + r")\w+ win",
    r"\brig (?:it|this|the (?:draw|raffle)) (?:for|so)\b",
    rf"^\s*(?!{SOMEBODY}|恭喜|祝贺|[不没别])[\u4e00-\u9fff]{{2,4}}中(?:奖|{MARK})[吧了]?\W*$",
    rf"(?:^|[,.;:!]\s*)(?!{SOMEBODY}|which|what|he\b|she\b|they\b|you\b|we\b|i\b|car\b|table\b)[\w'.-]{{1,20}} (?:gets|wins|takes) (?:the|a|an|this|that|it|{MARK})",
    r"(?-i:\bfor (?!Car|Carriage|Coach|Table|Group|Everyone|Everybody|The\b|A\b)[A-Z][a-z]{1,15})\b(?: [A-Z][a-z]+)?\s*(?:$|[,.!;]|please\b|now\b)",
)
TICKET = words(  # a person by the number of a ticket; groups are taken out before
    r"(?<![a-z])no\.?\s*\d{3,}",
    r"#\s*\d{3,}",
    r"\b(?:ticket|number)\s*(?:no\.?|number|#)?\s*\d{3,}",
    r"(?:票号|编号|号码|尾号|座位)\s*(?:是|为)?\s*\d+",
    r"(?<![月\d第])\d{1,5}\s*号(?!车|桌|线|楼|馆|厅|奖)",
)
ADDRESS = words(  # how a host speaks to a room, whom it is said to or when
    r"大家好|好的?|好了|那么?|接下来|接着|下面|现在|首先|然后|最后|今天|今晚|这次|这回|马上|谢谢|感谢|准备|恭喜|朋友|同学|嘉宾|主持人?|开始|继续|一起|[我咱你他她]们?",
    r"\b(?:hello|hi|hey|well|yes|yeah|thanks?|you|we|they|time|today|tonight|everyone|next|last|first|then|again|sorry)\b",
)
FILLING = re.compile(
    rf"[\W_{MARK}{numerals.MEASURE}的奖了吧呢啊在场过人之前就先参加只限要是]|\b(?:the|of|please|now|ok|x|for|those|people|who|that|a|an|only|from|in|just|anything|yet|to|give|me|okay|go|right|alright|so|and|folks|guys|some|in|room)\b",
    re.I,
)
SOMEONE = "\u25cf"  # stands where a name was said
PLACE = words(  # of somebody who gets something
    rf"(?:抽|抽中|抽到|抽出|选|选中|给|就|轮到|送|发|颁|是|要|归|属于|为|中|[让叫])\s*了?{SOMEONE}(?!\s*(?:来|上来|上台|帮|去|抽|按|说))",
    rf"{SOMEONE}\s*(?:的|中|得|拿|赢|获|领|吧|了|抽中|必须|应该|一定)",
    rf"(?:^|[,。.;、!:：，；！\s])\s*{SOMEONE}\s*(?:$|[,。.;!，；！])",
    rf"\b(?:for|to|pick|draw|choose|select|give|let|is|be|name|want|hand|send|award|make|help)\s+(?:the\s+|our\s+|my\s+)?{SOMEONE}",
    rf"{SOMEONE}(?:'s\b|\s+(?:gets?|wins?|takes?|should|must|has to|needs|deserves|will|please|one)\b)",
)
HEAD = re.compile(
    r"^.*?(?:(?:追加|新增|添加|加码|加奖|加上?|添上?|赞助了?|提供了?|捐了?|掏了?|送)(?:(?:[一1]?[个份件样])?新?的?奖品?)?|\b(?:add(?:ing)?|donat(?:es?|ed|ing)|sponsor(?:s|ed|ing)?)\b(?: (?:an?|another|one more) (?:new |extra |bonus )?prize\b)?|\bprize\b)"
    r"(?:\s*(?:是|叫做?|为|called|named|is|from \w+))?\s*[:,,]?\s*(?:叫做?)?",
    re.I,
)
THING = rf"(?![人次]|部曲)[{numerals.COUNTER}双对]"  # 两人晚餐 is one dinner
NUMERAL = rf"(?:(?<![第\d.])\d+|(?<![第{numerals.HANS}]){numerals.HAN}|\b(?:{'|'.join(numerals.WORDS)})\b)"
COUNT_AFTER = words(  # a bare number is part of the name: iPhone 15, PS5
    rf"[\s,、。;(]*(?:一共|总共|共|数量|×|\*|(?<![a-z])(?-i:x))[\s:是为]*({NUMERAL})\s*(?:{THING})?[\s)]*$",
    rf"[\s,、。;(]*({NUMERAL})\s*{THING}[\s)]*$",
    rf"\s*(?:(?<!\d)[,、。;(]|[,、。;(](?!\d{{3}}))\s*({NUMERAL})(?: of (?:them|those|it)| pieces| copies| in total)?[\s)]*$",
)
COUNT_BEFORE = re.compile(
    rf"^(?:(\d+|{numerals.HAN})\s*{THING}(?!人)\s*|(\d+|{'|'.join(numerals.WORDS)}|an?(?:other)?)\s+(?:more\s+)?(?=\w))",
    re.I,
)
PRIZES = re.compile(  # several at once: 两个奖:
    rf"^(\d+|{numerals.HAN})\s*[个份件样](?:新?的?奖品?\s*[:,是叫]|\s*:)\s*"
    rf"|^(\d+|{'|'.join(numerals.WORDS)})\s+(?:(?:new|more|extra)\s+)*prizes\b[\s:,]*",
    re.I,
)
JOINT = re.compile(r"[和与跟及、,&+]|还有|\b(?:and|plus)\b", re.I)
SOME = re.compile(
    rf"^(?:几[{numerals.COUNTER}]|一些|若干|(?:(?:some|many|a few|several|a couple(?: of)?|a bunch of|more)\b\s*)+)",
    re.I,
)
