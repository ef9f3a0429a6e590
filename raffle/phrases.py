"""How hosts say things, Chinese and English, as patterns (PURE). What they mean together is in rules.py."""

import re

from raffle import numerals
from raffle.catalogue import MARK


def words(*patterns):
    return re.compile("|".join(patterns), re.I)


DRAW = words(
    r"抽(?!屉)",
    "开奖",
    "摇(?:号|奖|一|出|个)",
    r"来(?:[一两三四五\d个把波点]|抽)",
    "送出",
    "走起",
    r"开(?:始|启)?(?:[一两三四五\d]个|抽)",
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
    r"(?:先|别|不要|不用|暂时不|暂时别|不)(?:再)?(?:急着?)?(?:抽|开奖|开始)(?!到|中|重|走)",
    r"等(?:一下|等|会|一会|我)",
    "慢着",
    "暂停",
    "^停",
    "算了",
    "取消",
    r"\b(?:don'?t|do not|not) (?:draw|start|begin|spin|pick)\b(?! (?:anyone|anybody|people|those|winners|the same))",
    r"\b(?:wait|hold on|stop|pause|cancel|never ?mind|hang on|not yet)\b",
)
NOT_STOP = words(r"(?:别|不要|不)(?:再)?抽(?:已经|之前|前面|刚才|那些|同|中|到)")
WINNERS_TOO = words(
    r"(?:中|得|拿|赢)过奖?的?(?:人|同学|朋友|各位|观众)?(?:可以|能)(?!不)",
    r"(?:中过|得过|拿过|赢过|中了|中)(?:奖|过奖)?的?(?:人|同学|朋友|各位)?(?:也|都|一样|照样|照旧|同样|还)(?:可以|能|算|行|参加|参与|有|在|一起|来|要|进)",
    r"不(?:用|必|需要)?(?:排除|剔除|去掉)",
    r"不管(?:有没有|中没中|是否|中过没)",
    r"(?:无论|不论)(?:有没有|中没中|是否)(?:中|得|拿)",
    r"(?:所有人|全员|人人|大家|全场)(?:都|一起|均)(?:能|可以|有|参|来|算|抽|进)",
    r"\b(?:including|include|with) (?:the )?(?:previous |past |earlier |old )?winners\b",
    r"\bwinners (?:too|again|as well|included|can|may|are (?:in|allowed|welcome|eligible))\b",
    r"\beven (?:if they(?:'ve| have)?|those who(?:'ve| have)?|people who(?:'ve| have)?|past|previous|earlier) ?(?:already )?(?:won|winners)\b",
    r"\beveryone (?:again|is (?:in|eligible)|can|plays|takes part)",
)
WINNERS_OUT = words(
    r"(?:没|未|没有|从未|还没)(?:有)?(?:中|得|拿|赢)",
    r"(?:中|得|拿|赢)过奖?的?(?:人|同学)?(?:就|先)?(?:除外|不算|不要|排除|别|不能|不参|靠边|不再|出去|不可以|不抽|让让)",
    r"(?:排除|除了|去掉|剔除|不要)(?:掉)?(?:之前|已经|前面)?(?:中|得|拿|赢)",
    r"\b(?:haven'?t|has ?n'?t|not|never|without|no|exclud\w+|except|minus) (?:yet |already |previous |past |earlier |the |a |any )*(?:w[io]n(?:ners?)?)\b",
    r"\bnon-?winners\b",
    r"\bnew (?:people|faces)\b",
)
ABSENT_TOO = words(
    r"(?:不在场?|没来|没到(?:场)?|不到场|线上|远程|走了|离场|在家)的?(?:人|同学|朋友)?(?:也|都|一样|照样|同样)",
    r"(?:不用|不必|不要求|无需|不需要|不一定要?|不限)(?:人)?(?:在场|到场|现场|在)",
    r"(?:不管|无论|不论)(?:人)?(?:在不在|来没来|到没到|是否(?:在|到))",
    r"(?:所有|全部|全体|凡是)?报(?:了)?名的?(?:人|同学|朋友)?(?:都|也|里|全)",
    r"所有报(?:了)?名",
    r"\b(?:absent|remote|online) (?:people|ones|folks|attendees|guests)?\s*(?:too|as well|included|can|may|count|are (?:in|ok|fine|eligible))\b",
    r"(?:\bnot|n't) (?:have|need) to be (?:here|present|in the room)\b",
    r"\b(?:no need|not required) to be (?:here|present|in the room)\b",
    r"\beven (?:if|those|people|the ones)[^,.]{0,20}(?:not here|aren'?t here|absent|left|at home|remote)\b",
    r"\b(?:all|every(?:one|body)?)[^,.]{0,12}registered\b",
    r"\bincluding (?:the )?(?:absent|remote|people (?:who are )?(?:not here|online))",
)
PRESENT = words(
    r"(?:要|得|必须|只(?:要|限|抽)?|仅限)(?:人)?(?:在场|到场|现场|在)",
    r"\b(?:must|have to|need to|has to) be (?:here|present|in the room)\b",
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
ALL_LEFT = words(
    r"(?:全部|通通|统统|一口气)(?:都)?抽",
    r"(?:剩下|余下|剩余|全部|所有)的?(?:都|全|一次|" + MARK + ")",
    r"都抽(?:了|掉|完)",
    r"全抽",
    r"一次抽完",
    r"\ball (?:of )?(?:the )?(?:remaining|rest|that'?s left|" + MARK + r")",
    r"\b(?:the rest|whatever is left)\b",
)
ASKING = words(
    "多少", r"还(?:有|剩)几?", "几点", "什么时候", "谁", r"\bhow (?:many|much|long)\b", r"^\W*(?:what|when|who|where)\b"
)
GROUP = re.compile(
    r"(?<![a-z0-9])(\d{1,2}|[一二三四五六七八九十]{1,3})\s*号?(?:车厢|车|桌)|\b(?:car|carriage|coach|table|group)\s*(?:no\.?|number|#)?\s*(\d{1,2}|[a-z]+)\b",
    re.I,
)
SOMEBODY = (
    r"(?:大家|所有人|每个?人?|在场|现场|没(?:有)?(?:中|得|拿)|未中|还没|中过|观众|前排|后排|[一两二三四五六七八九十\d几]+\s*[个位名人]|幸运|人(?![\u4e00-\u9fff])|各位|谁|来的?|出来|抽|下一|[他我你]们(?:都|$)|新|线上|报名|全场|"
    r"ai|机器|算式|系统|电脑|手机|"
    + MARK
    + r"|everyone|everybody|someone|somebody|anyone|whoever|people|those|the (?:crowd|audience|room|next|lucky|winners?)|(?:a|one|two|three|four|five|ten|\d+) (?:lucky|person|people|winners?|of)|them|us|(?:here|on|in|not|gone|absent|coming|missing|standing|nowhere|still|already|there)\b|chance|luck|fate|winners?|lucky|non)"
)
NAME = rf"(?!\s*{SOMEBODY})\s*[「“\"'《]?[\w·.]{{1,16}}?(?:[ -][\w·]{{1,12}}?)?[」”\"'》]?\s*"
PERSON = words(
    rf"(?:让|叫|使|令|保证|确保|安排|内定|指定|必须是?|务必|就(?=给|让|送)){NAME}(?:中|赢|获|拿|得|抽中|当|成为|领)",
    rf"(?:送给|发给|颁给|留给|奖给|给到|内定给?|指定给?|就给|{MARK}给|都给|直接给|归){NAME}(?:$|[,。.!;吧的了一]|中|这)",
    rf"(?:把|将).{{0,12}}(?:给|送){NAME}(?:$|[,。.!;吧了])",
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
)
HEAD = re.compile(
    r"^.*?(?:(?:追加|新增|添加|加码|加奖|加上?|添上?|赞助了?|提供了?|捐了?|掏了?|送)(?:(?:[一1]?[个份件样])?新?的?奖品?)?|\b(?:add(?:ing)?|donat(?:es?|ed|ing)|sponsor(?:s|ed|ing)?)\b(?: (?:an?|another|one more) (?:new |extra |bonus )?prize\b)?|\bprize\b)"
    r"(?:\s*(?:是|叫做?|为|called|named|is|from \w+))?\s*[:,,]?\s*(?:叫做?)?",
    re.I,
)
COUNT_AFTER = re.compile(
    rf"[\s,,、]*(?:一共|共|总共|数量|x|×|\*)?\s*(\d+|{numerals.HAN})\s*[{numerals.MEASURE}]?\s*$|[\s,]*(?:x|×|,|\()\s*(\w+)(?: of (?:them|those|it)| pieces| copies| in total)?\)?\s*$",
    re.I,
)
COUNT_BEFORE = re.compile(
    rf"^(?:(\d+|{numerals.HAN})\s*[{numerals.MEASURE}]\s*|(\d+|{'|'.join(numerals.WORDS)}|an?)\s+(?=\w))", re.I
)
