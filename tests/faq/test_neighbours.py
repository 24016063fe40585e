"""What is masked beside what looks the same and stays: numbers, names told by their sentence, places, days."""

from __future__ import annotations

import pytest

from bot.faq.deidentify import scrub


def cleaned(text: str) -> str:
    return scrub(text, names=(), doctors=())[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("办公室电话(0571)8822 1034，白天有人", "办公室电话[电话]，白天有人"),
        ("座机（021）6433 2890转206", "座机[电话]"),
        ("我车牌苏B·8D21挂，停在急诊门口", "我车牌[车牌]，停在急诊门口"),
        ("教练车浙A6K21学占了救护车道", "教练车[车牌]占了救护车道"),
        ("检查号记得是CT25-0431，胶片丢了", "检查号记得是[号码]，胶片丢了"),
        ("保安工号AB0139说话很凶", "保安工号[号码]说话很凶"),
        ("护士胸牌0835，谢谢她", "护士胸牌[号码]，谢谢她"),
        ("我住隔壁31B床，太吵了", "我住隔壁[床位]，太吵了"),
        ("元旦那天献的血，一直头晕", "[日期]那天献的血，一直头晕"),
        ("腊月十八做的支架，什么时候复查", "[日期]做的支架，什么时候复查"),
    ],
)
def test_numbers_beds_and_days_that_lead_to_somebody_go(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Emily Carter is my wife，她怀孕20周", "某某 is my wife，她怀孕20周"),
        ("my son Oliver Reed发烧了", "my son 某某发烧了"),
        ("石竹是我女儿的真名，她对青霉素过敏", "某某是我女儿的真名，她对青霉素过敏"),
        ("四妹是我大姨小名，她耳背", "某某是我大姨小名，她耳背"),
        ("石青松，名字好记，身体不好", "某某，名字好记，身体不好"),
        ("米兰花花四个字，姓米，产后三十天", "某某四个字，姓某，产后三十天"),
        ("小芸她妈走得早，能办低保吗", "某某她妈走得早，能办低保吗"),
        ("我家豆包从床上摔下来，学名韩一一，挂哪个科", "我家某某从床上摔下来，学名某某，挂哪个科"),
        ("时雨大爷的家属请到护士站", "某某大爷的家属请到护士站"),
        ("您好，我就姓于名归，于归约了明天", "您好，我就姓于名某，某某约了明天"),
        ("我儿陆川高烧三天，要不要抽血", "我儿某某高烧三天，要不要抽血"),
        ("笪文华，姓笪读达，系统打不出来", "某某，姓某读达，系统打不出来"),
        ("闺女折晓燕在你们这儿实习", "闺女某某在你们这儿实习"),
        ("上次给我抽血的Nancy护士很温柔", "上次给我抽血的某某护士很温柔"),
        ("医生说高兴的片子要重拍，我爱人姓高", "医生说某某的片子要重拍，我爱人姓某"),
        ("我两年没来了，宁静我是第二次来", "我两年没来了，某某我是第二次来"),
    ],
)
def test_names_that_the_sentence_gives_away_go(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "报告单弄丢了怎么补，药瓶弄坏了能换吗",
        "申请退回原路要几天",
        "从北门进还是从东门进",
        "刀口流黄水三天了，用了两个礼拜没见效",
        "给医生送锦旗要登记吗",
        "徐长卿和刘寄奴能一起泡酒吗",
        "霍奇金淋巴瘤能治好吗，贝赫切特病会遗传吗",
        "孙思邈的养生方有用吗，江湖郎中的膏药能贴吗",
        "季德胜蛇药片怎么吃，安宫牛黄丸呢",
        "阿仑膦酸钠一周吃一次够吗，普萘洛尔能给婴儿吃吗",
        "杨梅、樱桃能吃吗，那荔枝呢",
        "那几天一直发烧，那张单子找不到了",
        "医生让我别减药，别扔包装",
        "名字太长打不出来怎么办，姓名写错了怎么改",
        "维吾尔族和哈萨克族的饮食要注意什么",
        "孩子他妈有地贫，问她爸有没有过敏史",
        "邻居老太太卖的床垫能信吗",
        "清明节前后门诊开吗，五一放假能挂号吗",
        "一共打了九十一针，禁声一个月学校不批假",
        "平时我有点胃疼，于是我就停了药",
        "我家孩子从床上摔下来了，学名怎么填",
        "工号牌怎么办理，挂号费5120元能报销吗",
        "CT医生和Picc护士在几楼，Crohn is a disease吗",
    ],
)
def test_words_that_only_look_so_stay(text: str) -> None:
    assert cleaned(text) == text


def test_whoever_tells_his_surname_keeps_his_illness() -> None:
    assert cleaned("我姓高，高血压能吃这个吗") == "我姓某，高血压能吃这个吗"
