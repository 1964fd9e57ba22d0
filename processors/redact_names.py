"""Personal names where a text introduces them as such.

A name is a surname of a closed list and one or two given characters. Words that
only look like one (高铁, 张贴, 安装) are kept out by the characters that hardly
ever stand in a given name and by a list of word beginnings. How much else must
speak for a name depends on what introduces it: 收件人 needs little, 我是 a lot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from processors.redact_places import KNOWN_PLACE
from processors.redact_text import BARRIER, Span

_COMPOUND = (
    "欧阳|司马|上官|诸葛|司徒|夏侯|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|东方|南宫|端木|独孤|轩辕|澹台|"
    "呼延|西门|申屠|太史|闻人|万俟|鲜于|公冶|淳于|单于|拓跋|赫连|濮阳|钟离|百里|第五|完颜|纳兰|耶律|"
    "歐陽|諸葛|司馬"
)
_COMMON = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范石姚谭廖邹熊陆郝孔"
    "白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文張劉陳楊趙黃吳孫羅鄭謝韓馮許鄧蔣葉蕭閻鐘盧"
    "呂賈蘇錢湯顧龍賀譚陸"
)
_RARE = (
    "方金洪高施严牛温葛章俞翁梅兰岳齐柳鲍华倪滕殷毕裴甘凌霍涂成马庞樊庄詹欧阳关焦左柯祝纪季安于聂尚耿路"
    "童颜宁鲁邢申符向骆覃辛管祁曲卓游单阮包盛蒲"
    "翟褚冉蓝费车房卜仇米时景饶谷辜鄢鄂古舒屈项席卞穆麦应连喻娄柴晏莫闫肖伍苗巫简商池窦苟靳郁沙伏裘习冷"
    "卫宫尤岑巩桑隋虞佟佘郜郎郇邬邝邸缪瞿蔚蔺藏"
    "芦荆蒙漆湛党么乐付代解计车楚桂明巴尧边元初达木馬嚴齊畢歐陽關紀聶魯駱單賓費簡衛"
)
_SURNAME = f"(?:{_COMPOUND}|[{_COMMON}{_RARE}])"
_HAN = "\u4e00-\u9fff"

# Function words and things of trade: no given name has them, so a name ends before them.
_NOT_GIVEN = frozenset(
    "的了吗呢吧啊呀哦嘛么是在有没不也就都和跟与或及而但给把被让从到往去来要会能可想应该我你您他她它们这"
    "那哪谁什怎为何如"
    "个件单号码电话机手地址省市区县镇街路号栋楼室层收发寄送件快递物流货品款钱价元块退换买卖购付费店铺家"
    "里外上下前后左右边"
    "说讲看查问叫打找联系请麻烦帮谢吃喝用做拿取放穿着过很太最更还再又已曾只才刚先就吗，。、身份证件卡账"
    "户银行微信邮箱"
    "女男士性别岁年月日时分秒点今昨每第几多少些两三四五六七八九十零百千图片视频色版型尺寸大小长短厚薄牌"
    "包装盒袋瓶箱质量问题"
    "坏错漏缺破裂断假催拒投诉客服员师傅帐录登注销删改变更新旧同样然所以因此于把将被比较非常跑骑穿戴洗修"
    "充吧哈嗯呗啦咯哟哎"
    "订票税抬头填写选择按键拍照摄像屏幕膜壳套线插座灯泡床垫被枕鞋裤裙帽衣袜包锅碗杯壶刀叉筷粮奶粉罐药片"
    "粒颗滴喷涂抹擦"
    "處單號電話機個們這來會給還沒嗎於與為後問題買賣錢費貨運車您"
)
_GIVEN = frozenset(
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华文玉萍红建国志海波峰云飞鹏辉斌宁浩亮林俊宇晨浩然"
    "博轩子涵梓雨欣怡佳琪"
    "嘉豪诗婷雪梅莉琳玲燕颖慧洁倩晶莹丹凤琴兰菊芬芝珍珠美香月花春夏秋冬梦瑶瑾瑜璇璐珊珂珮琬琦琛琨瑞瑄璟一"
    "德贵福生财旺发富荣昌盛兴隆庆祥瑞吉利顺安康健乐和平正义仁礼智信忠孝诚成功业绩学思远达通亨彬楠松柏柱"
    "栋梁材东西南北"
    "金银铁铜锋钢钧钰鑫锐锦镇铭鸣鹤雁燕莺鹰龙虎凯胜利振奋进步跃腾飞翔宏伟光明辉煌灿烂耀炳炎焱烨煜晖晓旭"
    "昊昕晟晨曦阳曙昱"
    "星辰宸天宝贝贤良才能文章书翰墨诗画雅韵音声乐笛笙箫琴瑟君臣民主权宗祖先世代传承继绪延绵长久永恒泽沛"
    "润清澈澄浩瀚渊深"
    "溪河江海湖波涛涌泉源流淼淑涵漪潇湘沁沐泓洪洲济淳渝滢滨漫澜山岳岩峰峻岭崇嵩岚川谷石磊坚固毅刚强威武"
    "猛勇雄豪杰英俊彦"
    "伦佑佐作保仪仙任伊佩侃侠俪倩健偲傲儒元兆先光克其典冠凌凝初利力加励劲勤化升卓单卫厚双友可向周启哲喜"
    "嘉囡圆圣均城培基堂"
    "士壮夫奇奕好如妍妙妮姗姣姿娇娅娣娥婉婕婧媛媚嫣孟季宁定宜宾寅寒尔尚屹巧帅帆希常幸广庭廷弘强彤彩影心"
    "必忆念怀怡恩悦惠意"
    "慈慕才扬拓振捷敏政敬斐斯新方昂时晋景智晴朋朗朝木本权杉来柔柯柳桐桃梓棋森楚榕樱欢欣正武毓水汉汝沙洁"
    "海涵淇清渊灵炜然照"
    "煊熙燕爱玄玥玮玺珈珏珑珺琪琼瑛瑶璋璞田甜申男留白百皓相真眉睿瞳碧磐祎祖禄禹秋科秦程穆空立竹笑筠精素"
    "紫纪纯纲经维绍绮翠"
    "翰耘聪育胤航舒良艺艾芙芊芮芯芷芸苑苗若茂茗茜茵茹荷莎莲菁菡菲萌萱葆蒙蓉蓓蓝蔓蕊蕾薇虹蝶行衡裕西言誉"
    "语谦贝贞贤越跃路轶"
    "辰达迎运远连迪逸道邦郁重野钊钟钦铃锡长闯阔陆陶隆雄雅雨雯雪霄霆霏霖露霜靖静非韦韬音颂颜飒馨馥骁骏骐"
    "高鲁鸿鹃麒麟黛齐龄"
    "娃仔妹丫根水火土满堂有余全会中大小老发多满社队友明兵军卫革红旗援朝跃进建设芹英莲秀兰桂香玉凤翠花"
    "禾乔沫诺妤希汐钥轲铠琸桓骞骥奎魁岗勋勖勲峥嵘巍汀滔滕炯烽燊琰珩玟翊翌翎荃荀莘菀蔚蕙蘅衍诚谨谭赫辛邈"
    "韶頔颢颐飚骅"
    "陽麗華國偉強軍濤飛龍鳳蘭雲慧賢賓寶慶義榮傑俠蓮靜芬霞燁貴"
)
_NEVER_GIVEN = _NOT_GIVEN - frozenset("微信元刚厚士如小新时月有栋流然照镇长非多")
_NOT_NAMES = re.compile(
    "高[铁中三二一考清端档效兴度温血压级价能低达等仿速]|胡[子椒萝同桃须]|张[贴嘴口家罗]|"
    "安[装全卓静排心慰利保徽]|包[装邮裹括含退换包]|马[上桶路达虎克甲力自云]|方[便法式案形向正面]"
    "|白[色条酒天送银嫖]|黄[色金油山瓜石牛]|黑色|蓝[色牙光]|金[色额属龙银牌条华]|时[间候尚长时常有]|周[一二三四五六日末天年边围]|韩[国版]|古[言风代]|西门子|解和|"
    "万[一元分科能达]|全[部新款国都套额是]|任[何务意]|明[天年显明白确]"
    "|平[时台板安方米]|温[度馨柔州水]|毛[病巾衣绒]|江[苏西山北南门]|云[南端闪]|海[南外信尔淘]|"
    "宁[波夏愿]|常[州见用常熟规]|支付|单[独子号位价品个]"
    "|谢谢|谢[啦了您]|于是|应[该当]|解[决释除锁]|成[功都人本分份交]|那[么个里]|何[时况必为]|祝您?|"
    "水[果电杯洗]|项[目链]|路[由上]|古[董]|关[于闭注机键系]|程序|许[多可愿]|向"
    "|汤[圆匙]|童[装鞋年]|符合|元[旦宵]|顾客|计[算划]|卫[生衣浴]|阳[台光历]|东[西方北莞]|"
    "文[件具字胸化案]|游[戏客泳]|封[面口]|车[位间子]|左右|景点|华[为硕北南东]"
    "|米[家粉饭]|牛[奶仔肉逼排]|鱼|麦|花[呗色]|京东|家[人里]|钱[包款]|欧[洲式美元莱]|席[子梦]|"
    "苏[宁打泊州]|莫[名]|麦[当]|康[师]|李[宁子]|雷[蛇达克]|乔丹|贺[卡]|秦皇|武汉"
    "|房[间子东屋]|管[理家道]|连[接衣续]|商[品家城务]|易[拉碎燃付]|简[单直约]|代[码收购付发言取下]|"
    "左[边手右]|石[头家]|龙[头虾]|段[时]|余[额]|叶[子酸]|梅[雨]|桂林|柳州|兰州|沈阳|郑州|徐州|温州"
    "|杭州|广州|苏州|常州|洪[水]|严[重格禁]|施[工]|边[框上缘]|初[中一二三]|达[到人]|木[头板质地]|"
    "车[牌主]|乐[意高扣视]|党员|习惯|冷[藏冻链风]|党|左|连"
)
_FOLLOW = re.compile(
    "电话|手机|手機|身份|地址|住址|收货|收件|的|是|收|在|要|你|我|您|他|她|请|麻|帮|和|跟|与|已|没|都|"
    "也|不|能|可|把|来|去|给|到|让|吗|呢|吧|啊|哈|哦|呀|了|微信"
    "|这|那|有|会|想|说|先生|女士|小姐|同学|老师|师傅|就|还|再|今天|明天|快|联系|地址|号码|卡号|建行|"
    "工行|农行|中行|开户|年龄|性别|本人|签|代|亲|接|下单|买|订|寄|发"
)

_CUES = (
    "我叫|姓名|名字|人名|收件人|收货人|收貨人|联系人|聯繫人|户名|戶名|持卡人|签收人|代收人|寄件人|"
    "发件人|取件人|提货人|收款人|付款人|投保人|被保人|入住人|乘车人|乘机人|出行人"
    "|预约人|申请人|登记人|购买人|机主|车主|业主|患者|学生|孩子|宝宝|小名|大名|真名|实名|全名|名叫|"
    "叫做|本人|备注|落款|署名|署的名|开户人|负责人|法人|经办人|师傅叫|"
) + "|".join(f"{who}叫" for who in "妈爸公婆子女儿友弟妹姐哥人员童娃")
_INTRODUCED = re.compile(
    rf"(?:{_CUES})"
    r"(?:登记|名字|姓名|改成了?|改为|换成|写[成的]?|填|统一|电话|[是叫为用:：=. ()\"'“”「」\-]|\n){0,6}"
)
_LOOSE = re.compile("备注|学生|孩子|宝宝|本人|患者|负责人|落款")
_CONTACTED = re.compile(r"(?:联系|找|给|寄给|送给|交给|转给|发给|打给|让|请|叫|我是|他是|她是|是)[:： ]?")
_KIN = re.compile(
    r"(?:[爸妈娘]|老公|老婆|丈夫|妻子|媳妇|父亲|母亲|儿子|女儿|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母|"
    r"公公|婆婆|哥哥?|姐姐?|弟弟?|妹妹?|侄子|外甥|孙子|孙女|舅舅?|叔叔?|姑姑?|姨妈?|伯父"
    r"|朋友|同事|同学|室友|邻居|对象|男友|女友|闺蜜|表[哥弟姐妹]|堂[哥弟姐妹]|嫂子|亲戚|房东|老板|店长|"
    r"经理)(?:名字|叫|是|[ ,，:：(（]){1,3}"
)
_OWN_KIN = re.compile(
    r"(?<=[我他她俺])(?:[爸妈娘]妈?爸?|老公|老婆|媳妇|父亲|母亲|儿子|女儿|爷爷|奶奶|外公|外婆|同事|"
    r"朋友|室友|[哥姐弟妹])"
)
_NICKNAME = re.compile(rf"[小阿老][{_HAN}](?![{_HAN}])")
_TITLED = re.compile(rf"({_COMPOUND}|[{_COMMON}{_RARE}])([{_HAN}]{{0,2}}?)(先生|女士|小姐|太太)")
_RECEIVES = re.compile(
    rf"(?<![{_HAN}])({_SURNAME}[{_HAN}]{{1,2}})(?= ?(?:收|亲收|签收|代收|亲启)(?![{_HAN}]))"
)
_INTRO_TITLE = re.compile(r"先生|女士|小姐|太太|师傅|老师|阿姨|叔叔|大爷|大妈|经理|总(?![是共])|姐|哥")
_FULL = re.compile(rf"({_COMPOUND}|[{_COMMON}{_RARE}])([{_HAN}]{{1,2}})")
_MINORITY = re.compile(rf"[{_HAN}]{{2,6}}(?:·[{_HAN}]{{2,6}}){{1,2}}")
_LATIN = re.compile(r"[A-Za-z]{2,15}(?: [A-Za-z]{2,15}){1,2}(?![A-Za-z0-9])")
_RUN = re.compile(f"[{_HAN}]{{2,9}}")
# What every name of a kind holds. A search for one set of characters, looking back once it is
# found, costs a tenth of a search for alternatives, and most texts hold none of these.
_ENDS = sorted({cue[-2:] for cue in _CUES.split("|")})
_CUE = re.compile(f"[{''.join(end[1] for end in _ENDS)}](?<={'|'.join(_ENDS)})")
_LAST_OF_COMPOUND = "".join(name[-1] for name in _COMPOUND.split("|"))
_NAME_LIKE = re.compile(f"[{_COMMON}{_RARE}{_LAST_OF_COMPOUND}][{''.join(sorted(_GIVEN))}]")
_TITLE = re.compile("[生士姐太](?<=先生|女士|小姐|太太)")
_SEPARATORS = " ,，:：;；、/|()（）\n-。.+~"
_BOUNDED_BY = re.compile(f"[^{_HAN}]|\\Z")
_SAFE_LEFT = frozenset("是的叫找给请跟和让位个、为被对与向问由人户名")
ANCHOR_DISTANCE = 16


def introduced_spans(folded: str) -> Iterator[Span]:
    """Names after a word that introduces one, and surnames with a title."""
    if _CUE.search(folded):
        for cue in _INTRODUCED.finditer(folded):
            yield from _after_cue(folded, cue)
    if _NAME_LIKE.search(folded):
        yield from _weakly_introduced(folded)
    if _TITLE.search(folded):
        yield from _titled(folded)


def _weakly_introduced(folded: str) -> Iterator[Span]:
    for cue in _KIN.finditer(folded):
        yield from _strict(folded, cue.end())
    for cue in _OWN_KIN.finditer(folded):
        yield from _strict(folded, cue.end(), full=True, open_end=True)
    for cue in _CONTACTED.finditer(folded):
        yield from _strict(folded, cue.end(), full=cue[0][-1] not in ":： 系")
    for match in _RECEIVES.finditer(folded):
        if _likely(match[1]):
            yield Span(match.start(), match.end(1), "name")


def _after_cue(folded: str, cue: re.Match[str]) -> Iterator[Span]:
    at = cue.end()
    if _LOOSE.match(cue[0]):
        yield from _strict(folded, at, open_end=True)
        return
    minority = _MINORITY.match(folded, at)
    length = _name_length(folded, at)
    if minority is not None:
        yield Span(at, minority.end(), "name")
    elif length:
        yield Span(at, at + length, "name")
    elif (nick := _NICKNAME.match(folded, at)) and "人" in cue[0] and nick[0][1] not in _NOT_GIVEN:
        yield Span(at, nick.end(), "name")
    elif cue[0][-1] in ":： 是叫" and (latin := _LATIN.match(folded, at)):
        yield Span(at, latin.end(), "name")


def _name_length(folded: str, at: int) -> int:
    """Characters of the name that a strong cue introduces at `at`; 0 if there is none."""
    match = _FULL.match(folded, at)
    if match is None or KNOWN_PLACE.match(folded, at):
        return 0
    surname, given = match.groups()
    title = _INTRO_TITLE.match(folded, at + len(surname))
    if title is not None:
        return title.end() - at
    if _NOT_NAMES.match(match[0]) and not (
        len(given) == 2 and _all_given(given) and _ends(folded, match.end())
    ):
        return 0
    for size in (2, 1):
        part = given[:size]
        plausible = len(part) == size and not set(part) & _NEVER_GIVEN
        if plausible and (_ends(folded, at + len(surname) + size) or (size == 2 and _all_given(part))):
            return len(surname) + size
    return len(surname) + 1 if given[0] in _GIVEN and len(given) == 2 and given[1] in _NOT_GIVEN else 0


def _ends(folded: str, at: int) -> bool:
    return bool(_BOUNDED_BY.match(folded, at) or _FOLLOW.match(folded, at))


def _all_given(given: str) -> bool:
    return all(c in _GIVEN for c in given)


def _likely(token: str) -> bool:
    """A token that is a full name by itself: surname and common given characters, not a known word."""
    match = _FULL.fullmatch(token)
    return bool(
        match and _all_given(match[2]) and not _NOT_NAMES.match(token) and not KNOWN_PLACE.match(token)
    )


def _strict(folded: str, at: int, full: bool = False, open_end: bool = False) -> Iterator[Span]:
    """A name after a weak cue: only likely ones that end at a boundary; `full` wants three characters.

    With `open_end` a word that often follows a name may come instead of the boundary.
    """
    for size in (4, 3, 2):
        token = folded[at : at + size]
        ends = _ends if open_end else _BOUNDED_BY.match
        if len(token) == size and _likely(token) and (size > 2 or not full) and ends(folded, at + size):
            yield Span(at, at + size, "name")
            return


def _titled(folded: str) -> Iterator[Span]:
    for match in _TITLED.finditer(folded):
        surname, given, _ = match.groups()
        previous = folded[match.start() - 1 : match.start()]
        free = not previous or not _RUN.match(previous * 2) or previous in _SAFE_LEFT
        if given:
            if _all_given(given) and free and not _NOT_NAMES.match(match[0]):
                yield Span(match.start(), match.end(2), "name")
        elif free and surname not in "和向那祝应单时关连明成":
            yield Span(match.start(), match.end(), "name")


def anchored_spans(folded: str, anchors: Sequence[Span]) -> Iterator[Span]:
    """Names that stand next to a telephone number, card or address."""
    for anchor in anchors:
        yield from _to_the_left(folded, anchor.start)
        yield from _to_the_right(folded, anchor.end)


def _to_the_left(folded: str, at: int) -> Iterator[Span]:
    head = folded[max(0, at - ANCHOR_DISTANCE) : at].rpartition(BARRIER)[2]
    start = at - len(head)
    for match in list(re.finditer(f"[{_HAN}]+", head))[-2:]:
        cut_off = (
            match.start() == 0
            and start > 0
            and folded[start - 1] != BARRIER
            and _RUN.match(folded[start - 1] * 2)
        )
        if not cut_off and _likely(match[0]) and _only_separators(head[match.end() :]):
            yield Span(start + match.start(), start + match.end(), "name")


def _to_the_right(folded: str, at: int) -> Iterator[Span]:
    tail = folded[at : at + ANCHOR_DISTANCE].partition(BARRIER)[0]
    for match in list(re.finditer(f"[{_HAN}]+", tail))[:2]:
        end = at + match.end()
        cut_off = match.end() == ANCHOR_DISTANCE and _RUN.match(folded[end : end + 1] * 2)
        received = match[0][:-1] if match[0].endswith("收") else match[0]
        if cut_off or not _only_separators(tail[: match.start()]):
            continue
        if _likely(received):
            yield Span(at + match.start(), at + match.start() + len(received), "name")
        elif match.start() <= 2:
            yield from _strict(folded, at + match.start(), full=True, open_end=True)


def _only_separators(gap: str) -> bool:
    """Nothing but separators and at most one short word such as 电话 or 中行."""
    words = re.findall(f"[{_HAN}A-Za-z]+", gap)
    rest = re.sub(f"[{_HAN}A-Za-z]+", "", gap)
    return all(c in _SEPARATORS for c in rest) and len(words) <= 1 and all(len(w) <= 5 for w in words)
