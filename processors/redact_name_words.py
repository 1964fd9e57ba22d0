"""Tables of Chinese names: surnames, characters of given names, words that only look like names.

The surnames are those of 百家姓 and of today's statistics, in four groups by how
often the same character is an everyday word: the oftener, the more must speak for
a name.
"""

from __future__ import annotations

import re

from processors.redact_regions import KNOWN_PLACE

COMPOUND = (
    "欧阳|司马|上官|诸葛|司徒|夏侯|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|东方|南宫|端木|独孤|轩辕|澹台|"
    "呼延|西门|申屠|太史|闻人|万俟|鲜于|公冶|淳于|单于|拓跋|赫连|濮阳|钟离|百里|第五|完颜|纳兰|耶律|"
    "巫马|公羊|宰父|谷梁|段干|东郭|左丘|梁丘|闾丘|乐正|漆雕|壤驷|颛孙|太叔|仲孙|亓官|司寇|微生|羊舌|"
    "公西|公良|夹谷|南荣|叶赫|那拉|富察|爱新觉罗|钮祜禄|"
    "歐陽|諸葛|司馬|尉遲|公孫|長孫|東方|鍾離|鮮于|聞人|獨孤|軒轅|納蘭"
)
COMMON = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范石姚谭廖邹熊陆郝孔"
    "白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文張劉陳楊趙黃吳孫羅鄭謝韓馮許鄧蔣葉蕭閻鐘盧"
    "呂賈蘇錢湯顧龍賀譚陸"
)
RARE = (
    "方金洪高施严牛温葛章俞翁梅兰岳齐柳鲍华倪滕殷毕裴甘凌霍涂成马庞樊庄詹欧阳关焦左柯祝纪季安于聂尚耿路"
    "童颜宁鲁邢申符向骆覃辛管祁曲卓游单阮包盛蒲"
    "翟褚冉蓝费车房卜仇米时景饶谷辜鄢鄂古舒屈项席卞穆麦应连喻娄柴晏莫闫肖伍苗巫简商池窦苟靳郁沙伏裘习冷"
    "卫宫尤岑巩桑隋虞佟佘郜郎郇邬邝邸缪瞿蔚蔺藏"
    "芦荆蒙漆湛党么乐付代解计车楚桂明巴尧边元初达木馬嚴齊畢歐陽關紀聶魯駱單賓費簡衛"
)
UNCOMMON = (
    "燕花韦晁敖訾阚饶鞠巢蒯竺逯桓昝宗宣贲钮嵇荀甄芮储汲邴糜隗宓郗栾厉戎荣封屠胥阙逄姬郦雍璩濮扈茹宦匡寇"
    "殳厍仝佴揭矫"
    "亓亢危羿郏闵练粟撒麴苻暴糟蓟桓笪帅缑亢况郄琚霸鹿衣战丛滑逢晋库银闾哈仉督酆"
    "闞饒鞏聶竇龔鄒鄔鄺鮑莊蘭藍嶽歸紅榮儲寧"
    "冼禤谌臧揣岐綦茆郐鄯芈妫嬴俸冮凃刁叱幺庹弋忻杞洑牟狄禚缐羌菅葭虢褟谯钭镡雒靖韶仵呙啜睢戢闳植庾邗迮盍僧陶柏戚廉丘夔勾乜冀栗戈毋仉操於郅遆勵厲應龐蘆萬聞"
)
WORDLIKE = (
    "那查谈权盖索居原牧班幸相支干全富山松井广国文东满弘商苑强初展师利鱼容农双阴怀印宿束司薄仰秋仲"
    "伊祖武养须恽母海英洛奚瓮热咸籍益暨衡沃蔚税羊昌贝丑荷艾萨朴吉扬禄云"
)
SURNAME = f"(?:{COMPOUND}|[{COMMON}{RARE}{UNCOMMON}])"
ANY_SURNAME = f"(?:{COMPOUND}|[{COMMON}{RARE}{UNCOMMON}{WORDLIKE}])"
"""Also surnames that are everyday words: only where a name must stand."""
HAN = "\u4e00-\u9fff"

# Function words and things of trade: no given name has them, so a name ends before them.
NOT_GIVEN = frozenset(
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
    "茶酒汤糖饼粥汁饭菜肉虾蛋部厂校院班組组队處單號電話機個們這來會給還沒嗎於與為後問題買賣錢費貨運車您"
)
GIVEN = frozenset(
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
    "青之令羽笑帆歌舒念初依若简默知远归缘寻屿昀晗暄苒茉襄誉畅盈繁群羲甫仲嗣昭逊遥震望城玖桃冰霜兮熠"
    "铎铮锟苏苓荔荞"
    "三四五六七八九逵灵珊谦万雷严绣台司年疏影树冰仲震登桥皓勋直温启乾献居秉索辅列式桑奉益征尧比津乘贯焕恭肃著策增战尊祯桢镜"
    "藻廉丘象惟枝训潮翼赞觉敦慎植耕述弼舜尹介临庚祺彝淮棠丞锁铨杏徽禧恺彪宪典伍苇笛蔷微"
    "淙渲湉漾潞瀛煦琅盼砚祈秉竣筱筠绎绫羿聆聿臻舟舸萤迈遇邺郡铂铖闻隽霁靓鞠韧驰骋骧鲲鸥鸾鼎麦原野屏"
    "根娣巧招菜土"
    "云樱翠嵘姝姗婵嫦娆娴娉姮婳嫒妘娥竺芙蓁荇菱葵蒨蕴薏藜裳觅谊谧豫赋轼逍遐逢霈颀顺飏骐骄驹驿猗珞琮"
    "瑗璟璘砺禛禧穰纾绚绮缨翙翯耿苡茏荻莳蒹葭蔺"
    "咸迅诏颍漠璨瓒玘玙玚珝禔稷穗竑筝籽絮缃缦翀翾芃荟莙萃萦葳蓦蕖薰虔裴谆赓跻迦遂邃钏铄铌锴锵镕镛闳闾陌隰霂霰颦馗骢魏鸢麓龢嫔"
    "嬿孺宥宬寰岑岱岫嵇弈弥彧恂愉慷扆攸敛敞斓旌旻昤晁晅晏晔晢暖暮曈朔杭枫柠栩桁桉桦梵棣椿楷楹榆槿樊檀檬欧汛沅沚泱浔浙浚涓淞湜"
    "溥溯潭潼濂濯灏炅炘焓焘熹牧犇玎玢玫珀珥琎琥瑀瑢瑭璁璎畴皎皑睦瞻矜砥硕祁祉禅稚童箐粟粲绅绛缇羚翃翮肇苹菖蒂蛟裔觐诀诣豆赟辕"
    "郦釉铢铱阅隐集雍雏霓顷飓鸽鹂鹊鹿彰惜恬允泰蓬冉央卿仕伶俐俞倬冶凡勉协吟咏咪唯啸喻圳坤垚埔垒塬墅墩奚妃妗姒婢嫱孚孜宛寓尉崔"
    "帝帛弓律御忱怜恋悟悠憬戎戟扶挺掌携攀暑朱李柄柴栎栓榛橙歆汶泊洛浦浪渔滇潘澎烁焰熊燎爵牛犀狄狮王琚璧瓦甘甸疆皇盘盾矫研"
    "碑磨祝稼竞粹纬纳纶绥绸罗羡翁芭茅莱菩葛蔡藏虞蜀融衷观诸谋贡赛辽迁邑邹郊闪雀鞍顿风饶鹭輝詠瓊嬌鵬嘯澤學興勝瑩婭嫻寧勵懿詩曉"
    "維銘錦鈞鎮雙韻頌駿鴻"
    "采眠缺炫曼钗旦喆灼锜鉴堃淦壬癸丙丁卯巳酉戌亥谐豹寿绿赤雾梨枣杨槐梧瑰姬善俭剑夜昆仑京粤皖闽冀弟兄亦玹烈烛缤纷稻黍丰芽橘曲弦"
    "琵琶泠冽凛滟潋舫渡岸岛凰马羊朵蝉蜓冕乙戊雙麥善寿圣巧"
    "陽麗華國偉強軍濤飛龍鳳蘭雲慧賢賓寶慶義榮傑俠蓮靜芬霞燁貴"
)
NEVER_GIVEN = NOT_GIVEN - frozenset("微信元刚厚士如小新时月有栋流然照镇长非多大年日科千百里同品质破断楼刀清")
NOT_NAMES = re.compile(
    "高[铁中三二一考清端档效兴度温血压级价能低达等仿速]|胡[子椒萝同桃须]|张[贴嘴口家罗]|"
    "安[装全卓静排心慰利保徽]|包[装邮裹括含退换包]|马[上桶路达虎克甲力自云]|方[便法式案形向正面]"
    "|白[色条酒天送银嫖]|黄[色金油山瓜石牛]|黑色|蓝[色牙光]|金[色额属龙银牌条华]|"
    "时[间候尚长时常有]|周[一二三四五六日末天年边围]|韩[国版]|古[言风代]|西门子|解和|"
    "万[一元分科能达]|全[部新款国都套额是]|任[何务意]|明[天年显明白确]"
    "|平[时台板安方米]|温[度馨柔州水]|毛[病巾衣绒]|江[苏西山北南门]|云[南端闪]|海[南外信尔淘]|"
    "宁[波夏愿]|常[州见用常熟规]|支付|单[独子号位价品个]"
    "|谢谢|谢[啦了您]|于是|应[该当]|解[决释除锁]|成[功都人本分份交]|那[么个里]|何[时况必为]|祝[您你福贺愿]|"
    "水[果电杯洗]|项[目链]|路[由上]|古[董]|关[于闭注机键系]|程序|许[多可愿]|向[上下日导往来前外内着]"
    "|汤[圆匙]|童[装鞋年]|符合|元[旦宵]|顾客|计[算划]|卫[生衣浴]|阳[台光历]|东[西方北莞]|"
    "文[件具字胸化案]|游[戏客泳]|封[面口]|车[位间子]|左右|景点|华[为硕北南东]"
    "|米[家粉饭]|牛[奶仔肉逼排]|鱼|麦[当芽片粉克香草]|花[呗色]|京东|家[人里]|钱[包款]|"
    "欧[洲式美元莱]|席[子梦]|"
    "苏[宁打泊州]|莫[名]|麦[当]|康[师]|李[宁子]|雷[蛇达克]|乔丹|贺[卡]|秦皇|武汉"
    "|房[间子东屋]|管[理家道]|连[接衣续]|商[品家城务]|易[拉碎燃付]|简[单直约]|代[码收购付发言取下]|"
    "左[边手右]|石[头家]|龙[头虾]|段[时]|余[额]|叶[子酸]|梅[雨]|桂林|柳州|兰州|沈阳|郑州|徐州|温州"
    "|杭州|广州|苏州|常州|洪[水]|严[重格禁]|施[工]|边[框上缘]|初[中一二三]|达[到人]|木[头板质地]|"
    "车[牌主]|乐[意高扣视]|党[员费校]|习惯|冷[藏冻链风]|左[边手右侧]|连[接衣续着锁]|王[八牌冠]|丰[巢田]|"
    "权[益限利威]|查[询看收到]|能[量源效]|全[家友]|家[乐具电]|海[尔信澜飞鲜]|英[文语国寸]|"
    "都[市能可]|越[来野]|奇瑞|老板|双[飞面层色]|红[包色米木]|母[亲婴子女校公猫犬乳]|羊[肉毛绒奶皮羔驼]|"
    "税[号费务率点后前金]|艾[草灸条叶绒]|萨摩|朴素|荷[花叶包兰]|昌[平盛]|丑[的了死陋]|贝[壳类]|牟利|羌族|靖江|鄂[尔西东]|"
    "植[物绒入树]|陶[瓷土艺罐笛]|柏[油林拉]|廉价|栗[子色仁]|吉[他利祥]|扬[声州]|云[朵盘服]|操[作场控心]|戈壁|陈[年旧列皮醋设述]|班主任|单行道|文科生|滑雪|戴多|白吉|单发|成先|..湖|原[来本先价因]|余[小元万]|元[成会妹]"
)

# Words that surname and given characters happen to make, whole ones only: 冷静 is none, 冷静怡 may be one.
_WORDS = (
    "成立 时代 尤其 文学 文章 封建 曾经 商业 成绩 毕业 成长 宣传 明代 尚书 游行 夏天 夏季 战士 "
    "明清 初步 高原 关心 黄河 "
    "文艺 江湖 战国 纪念 元素 达成 施行 高大 单纯 古城 庞大 时辰 莫非 温和 华夏 高山 冷静 常有 "
    "尚有 暴力 战友 高尚 明知 "
    "简化 沙发 明亮 江水 时光 单元 严谨 郑重 凌晨 金星 卫士 乐队 甘心 高空 黄连 盛大 米兰 庄重 "
    "高新 高高 应力 周长 万多 "
    "方可 关照 冷水 管子 路程 包子 巴士 谢意 温润 安好 银行 银子 暴露 揭露 揭晓 严峻 古典 高贵 "
    "木业 米业 单一 何必 何如 "
    "应有 方才 费力 费劲 费心 许久 初时 初学 初春 初夏 初秋 初冬 单向 单方 舒心 白金 黄金 包月 "
    "高利 高发 高歌 高音 高寒 高远 "
    "卫国 施加 关连 韩语 易学 时常 时令 方志 方舟 步行 步步 从来 从小 从此 全新 全国 全场 全程 "
    "满意 满天 满心 通用 通宝 "
    "通知 通达 通行 通道 双方 双十 双飞 双色 双喜 双面 双层 利润 利益 利好 广场 国内 国外 国庆 "
    "国家 国产 国美 国标 国行 "
    "国安 国语 国画 海信 海关 化工 师友 家庭 家乐 家长 家具 家电 家族 家属 家书 家中 红旗 红星 "
    "红木 红外 红豆 红利 红火 "
    "红枣 红茶 能力 能源 能行 能有 能全 从容 从严 从新 松木 松子 松香 英文 英语 英国 英才 英雄 "
    "英寸 农业 农民 农庄 文具 "
    "从前 束发 薄荷 印章 印花 阴天 宿友 练习 敬业 敬上 满月 满堂 原来 原木 原石 原有 原生 原文 "
    "原色 原先 原音 支行 广源 "
    "金银花 金丝楠 毕业生 成绩单 单行本 银行业 黄花菜 万年青 文言文 高丽参 高富帅 白富美 江湖人 "
    "国庆节 中国人 高原红 "
    "明天见 祝福语 高山茶 黄山毛 古树茶 石榴红 孔雀蓝 孔雀绿 孔雀石 金刚石 平安福 梅子酒 白茉莉 "
    "白玫瑰 蓝莓汁 白月光 "
    "黄玫瑰 蓝玫瑰 金桂花 白兰花 康乃馨 季节性 王者荣 王国之 江小白 李子柒 陆风车 庄园美"
)
COMMON_WORDS = frozenset(_WORDS.split())


def all_given(given: str) -> bool:
    """Every character is one that given names are made of."""
    return all(c in GIVEN for c in given)


def likely(token: str) -> bool:
    """A token that is a full name by itself: surname and common given characters, not a known word."""
    match = LIKELY.fullmatch(token)
    if match is None:
        return False
    # A surname of two characters speaks for itself, but for those that are words: 东方, 第五.
    rare = len(match[1]) > 1 and match[1][0] not in "东南西北第百单" and not set(match[2]) & NEVER_GIVEN
    return (rare or all_given(match[2])) and not known_word(token)


def plausible(token: str) -> bool:
    """A token that may be a full name where one is expected, such as beside a telephone number."""
    match = POSSIBLE.fullmatch(token)
    if match is None or known_word(token):
        return bool(TRANSLITERATED.fullmatch(token)) and not KNOWN_PLACE.match(token)
    given = match[2]
    # Two characters make too many words: 农行, 常用.
    return likely(token) if len(token) == 2 else all_given(given) or not set(given) & NEVER_GIVEN


def field_value(token: str) -> bool:
    """What a field for a name may hold though no surname begins it: 卓玛, 巴特尔, a nickname."""
    return not set(token) & FIELD_NEVER and not NOT_NAMES.match(token) and not KNOWN_PLACE.match(token)


def known_word(token: str) -> bool:
    """A word or a place that begins with the character of a surname."""
    if NOT_NAMES.match(token) or token in COMMON_WORDS:
        return True
    place = KNOWN_PLACE.match(token)
    # 黄石 is a city, 黄石生 a man: a place goes on with other characters than a name.
    return place is not None and (place.end() == len(token) or not all_given(token[place.end() :]))


FIELD_NEVER = NOT_GIVEN - frozenset("大小微信时月元") | frozenset(
    "卫物管保公司本亲朋友同事对错误未待空无需必变认息料据"
)
"""Characters of the words that stand in a field for a name without being one: 门卫, 同上, 本人."""
FOREIGN = (
    "阿艾巴白班布才次措达丹旦德登迪丁顿多尔嘎格根古贡哈海吉加江捷金拉朗勒力丽罗洛玛买麦曼米穆木娜尼努诺帕平其恰强琼曲日热仁荣敏合吾甫肉玉素库瓦里卡则凯赛皮"
    "亚兹绒群培杰嘉拥让英本太汗那雅姆青雪克宁如萨桑斯苏索塔提图吐托旺维乌西夏央依伊扎哲珠孜卓宗肯"
)
"""Characters by which Tibetan, Uyghur, Kazakh and Mongolian names are written in Chinese."""
TRANSLITERATED = re.compile(f"[{FOREIGN}]{{3,7}}")
LIKELY = re.compile(f"({SURNAME})([{HAN}]{{1,2}})")
POSSIBLE = re.compile(f"({ANY_SURNAME})([{HAN}]{{1,2}})")
TALKED = re.compile(
    r"[说讲也都牌家男女款们版]|推荐|同款|代言|新款|专[用卖属]|旗舰|品牌|直播|介绍|你好|您好|"
    r"是[一个位做卖]|的(?!快递|包裹|电话|手机|号|单|件|货|地址|订单|车|微信|名|那)"
)
"""Stands after one who is only talked about or addressed, or after whom something is called."""
GIVEN_CLASS = "".join(sorted(GIVEN))
NAME_STARTS = "".join(
    sorted({*f"{COMMON}{RARE}{UNCOMMON}{WORDLIKE}", *(name[-1] for name in COMPOUND.split("|"))})
)
"""The last characters of surnames; `GIVEN_CLASS` may follow them."""
OFTEN_WORDS = frozenset("东原全支相干初展广国满强利容农双热老文松")
"""Of the surnames those that are words much oftener: not looked at after a weak introduction."""
LOOKED_AT = "".join(sorted(set(NAME_STARTS) - OFTEN_WORDS))
