"""What the demo knows: the programme of a real meetup as its organiser published it, and made-up people.

Times of the sessions, quantities of prizes and all attendees are assumed; the publication gives only the order.
"""

# minutes after 13:30, kind, title, title_en, short, short_en, minutes, least, people [(name, name_en, role, role_en, org, org_en, part)]
PROGRAMME = [
    (0, "opening", "签到，认识同桌", "Check in, meet your table", "签到", "Doors", 30, 0, []),
    (30, "opening", "自我介绍和破冰", "Introductions and ice-breaker", "破冰", "Ice", 20, 0, []),
    (
        50,
        "talk",
        "《我们需要数字人吗》",
        "Do we need digital humans?",
        "数字人",
        "Humans",
        25,
        0,
        [("廖虎", "Liao Hu", "数字人项目总监", "Director of Digital Humans", "商汤科技", "SenseTime", "speaker")],
    ),
    (
        75,
        "talk",
        "《畅聊金融中的大模型》",
        "LLMs in finance, frankly",
        "金融",
        "Finance",
        25,
        0,
        [("大山", "Dashan", "解决方案专家", "Solutions expert", "智谱AI", "Zhipu AI", "speaker")],
    ),
    (
        100,
        "talk",
        "《PIKA》",
        "PIKA",
        "PIKA",
        "PIKA",
        20,
        0,
        [("Jessie", "", "Director of Artists Relationship", "", "PIKA", "", "speaker")],
    ),
    (
        120,
        "panel",
        "圆桌《2024 AI会冲击哪些场景？》",
        "Panel: which fields will AI hit in 2024?",
        "圆桌",
        "Panel",
        40,
        0,
        [
            ("Jessy", "", "人类助理", "Human assistant", "出门问问", "Mobvoi", "moderator"),
            ("张泓", "Zhang Hong", "DataLab副总监", "Deputy director, DataLab", "嘉实基金", "Harvest Fund", "panelist"),
            (
                "韩愉畅",
                "Han Yuchang",
                "智能投研产品负责人",
                "Product lead, intelligent research",
                "同花顺",
                "Hithink",
                "panelist",
            ),
            ("卡兹克", "Kazike", "摸鱼的", "Slacking off", "", "", "panelist"),
        ],
    ),
    (160, "break", "茶歇与现场共创", "Break and co-creation", "共创", "Film", 30, 20, []),
    (
        190,
        "talk",
        "《从剧本到拍摄：AIGC介入影视创作的可能性》",
        "From script to shoot: what AIGC can do for film",
        "影视",
        "Cinema",
        25,
        0,
        [("Vicky", "", "博士", "PhD", "北京电影学院", "Beijing Film Academy", "speaker")],
    ),
    (
        215,
        "talk",
        "《完蛋！我被AI包围了！》",
        "Help! I’m surrounded by AI!",
        "包围",
        "Surrounded",
        25,
        0,
        [("吉川明静", "Jichuan Mingjing", "游戏制作人、AIGC工作室发起人", "Game producer", "", "", "speaker")],
    ),
    (240, "raffle", "影片首映与终点抽奖", "Film premiere and the last draws", "首映", "Premiere", 30, 0, []),
]
ABSTRACTS = {  # as published, and in English
    "《我们需要数字人吗》": (
        "以《邱志杰：寰宇全图》切入，从易经八卦聊到二进制，从二进制聊到商汤数字人，再到红旗法案。",
        "From Qiu Zhijie’s World Map and the I Ching to binary, from binary to digital humans, and on to the Red Flag Act.",
    ),
    "《畅聊金融中的大模型》": (
        "智谱AI的心路历程，以及大模型现在如何赋能金融机构。",
        "The road that Zhipu AI took, and what large models do for financial institutions today.",
    ),
    "《PIKA》": (
        "从PIKA的开始讲到PIKA 1.0的上线：年轻的团队、强大的模型，以及AI视频未来的可能性。",
        "From how PIKA began to the launch of PIKA 1.0: a young team, a strong model, and what AI video may become.",
    ),
    "圆桌《2024 AI会冲击哪些场景？》": (
        "从各自的业务属性聊对金融行业的冲击，以及2024年的趋势。",
        "Each guest’s own business: what AI does to finance, and the trends of 2024.",
    ),
    "《从剧本到拍摄：AIGC介入影视创作的可能性》": (
        "手搓一部AI动画：从剧本到分镜到生成，全流程拆解，连拆剧本的Prompt也全部公开。",
        "An AI animation by hand: script, storyboard, pictures, every step taken apart, with the very prompts.",
    ),
    "《完蛋！我被AI包围了！》": (
        "Stable Diffusion在实际项目中的全流程深度合作经验，以及缓解焦虑的哲学。",
        "Stable Diffusion in real projects, from end to end, and a philosophy against the fear of it.",
    ),
}
SPONSORS = [
    ("智谱AI", "Zhipu AI", [("场地", "Venue"), ("会务人员", "Event staff")]),
    (
        "商汤科技",
        "SenseTime",
        [
            ("三体联名的蓝色空间号", "Three-Body starship Blue Space"),
            ("商谈与流浪地球2联名的AR笨笨", "AR Benben of The Wandering Earth 2"),
            ("商汤如影数字人定制（现场追加）", "A digital human made to order (added on the day)"),
        ],
    ),
    (
        "联想",
        "Lenovo",
        [
            ("YOGA M5鼠标", "YOGA M5 mouse"),
            ("K7机械键盘", "K7 mechanical keyboard"),
            ("YOGA高迪联名礼盒", "YOGA × Gaudí gift box"),
        ],
    ),
    (
        "出门问问",
        "Mobvoi",
        [("魔音工坊年费SVIP会员", "Moyin Workshop, a year of SVIP"), ("奇妙元年费SVIP会员", "Weta365, a year of SVIP")],
    ),
    ("PIKA", "", [("分享嘉宾", "A speaker")]),
    ("嘉实基金", "Harvest Fund", [("圆桌嘉宾", "A panel guest")]),
    ("同花顺", "Hithink", [("圆桌嘉宾", "A panel guest")]),
]
PRIZES = [  # the last one of the publication was added live: it is left for the host
    ("《成为提问工程师》作者亲笔签名书", "Signed copy of the prompt-engineering book", None, "goods"),
    ("联想YOGA M5鼠标", "Lenovo YOGA M5 mouse", "联想", "goods"),
    ("K7机械键盘", "K7 mechanical keyboard", "联想", "goods"),
    ("商汤三体联名 蓝色空间号", "SenseTime × Three-Body starship Blue Space", "商汤科技", "goods"),
    ("YOGA高迪联名礼盒", "YOGA × Gaudí gift box", "联想", "goods"),
    ("魔音工坊年费SVIP会员", "Moyin Workshop, a year of SVIP", "出门问问", "code"),
    ("奇妙元年费SVIP会员", "Weta365, a year of SVIP", "出门问问", "code"),
    ("商谈×流浪地球2联名 AR笨笨", "AR Benben", "商汤科技", "goods"),
]
QUESTIONS = [
    ("金融投研里，哪一步最不该交给大模型？", 31),
    ("影视公司现在招人，会因为 AIGC 少招哪些岗位？", 24),
    ("给孩子用的 AI 产品，怎么判断「讲得对」和「讲得好」？", 18),
    ("投研助手的幻觉率怎么量？", 15),
    ("2024 年如果只能押一个场景，四位各押什么？", 11),
]
TEAMS = [
    ("小满和朋友们", [("earth", "登录界面上的日出"), ("city", "城市一格一格亮起来")]),
    ("一头鲸", [("whale", "鲸鱼读取存档")]),
    ("绿皮车", [("train", "开往新版本的慢车"), ("field", "更新完成，麦子熟了")]),
    ("Hello 火星", [("astronaut", "火星上第一句你好")]),
]
FIRST = "俞顾乔麦方沈祝唐钟石谢宋邱韩苏许何白林陈温纪叶陆范罗"
LAST = ["云起", "灵", "星野", "子", "舒", "予安", "初", "嘉树", "望", "冬青", "昭", "子墨", "行之", "小满", "未央"]
NICK = ["Ian", "Momo", "Echo", "Nora", "Kevin周", "Zoe", "豆包侠", "阿泽", "土豆", "Yuki", "七喜", "小北"]
ABOUT = [
    "在做会讲睡前故事的台灯",
    "产品经理，想给爸妈做一个听得懂方言的助手",
    "剪辑师，第一次用 AI 出镜头",
    "后端，养了三台旧显卡",
    "画绘本，线条交给手，颜色交给机器",
    "",
    "用模型给老照片上色，收了一抽屉底片",
    "教小学生写提示词，也被他们教",
    "做播客的，想找人聊十年后的剪辑",
    "",
    "嵌入式工程师，把模型塞进一块门铃",
    "翻译，每天和机器互相改稿",
    "在读博，研究一张图为什么好看",
    "开咖啡馆，菜单是模型起的名",
    "",
    "写科幻，缺一位懂物理的朋友",
    "做字体的，第一次来，坐靠窗",
    "独立游戏，一个人和很多个助手",
    "",
]


def names(count: int) -> list[str]:
    """So many different made-up names."""
    found = ["林小满", *NICK]
    for i in range(len(FIRST) * len(LAST)):
        found.append(FIRST[(i * 7) % len(FIRST)] + LAST[(i * 11 + i // 26) % len(LAST)])
    return list(dict.fromkeys(found))[:count]


# What the host asks the room: text, English, kind, choices.
POLLS = [
    (
        "2024 你最想亲手做出什么？",
        "What do you most want to make in 2024?",
        "one",
        ["一部短片 | A short film", "一个应用 | An app", "一家公司 | A company", "一次休假 | A holiday"],
    ),
    ("一个词说说你的 2023", "Your 2023 in one word", "word", []),
]

# (talk, title, pages of (heading, lines)): synthetic, so that a deck can be opened in the demo.
DECK = (
    "《畅聊金融中的大模型》",
    "《畅聊金融中的大模型》讲稿",
    [
        ("畅聊金融中的大模型", ["演示用讲稿", "Demo slides"]),
        ("先问三个问题", ["数据能不能出门？", "答错一次要花多少钱？", "谁来复核？"]),
        ("从小处开始", ["研报摘要", "客服草稿", "合规初筛，人来定稿"]),
    ],
)
PROMPTS = (
    "《从剧本到拍摄：AIGC介入影视创作的可能性》",
    "《从剧本到拍摄》提示词清单",
    """场景：雪夜的站台，一列绿皮车缓缓进站，车窗透出暖光
镜头：低机位，50mm，缓慢推近，景深浅
光：逆光，蒸汽里的轮廓，色温偏暖
避免：文字、水印、多余的手指""",
)
