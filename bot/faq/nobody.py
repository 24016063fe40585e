"""What stands where a name might and is none: pronouns, roles, illnesses, words of every day. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.faq import peoples
from bot.faq.board import GONE
from bot.faq.likeness import like
from bot.faq.segments import Word

BEGINS = (
    "人 拼 号 是 真 叫 啥 打 写 填 超 登 志愿 谢 什么 怎么 为什么 本人 患者 病人 家属 孩子 宝宝 自己 大家 "
    "别人 谁 某某 哪 这 那 我 你 您 他 她 它 不 没 也 还 有 要 去 来 让 给 被 请 先 再 都 又 在 的 "
    "了 可 能 会 只 就 才 老人 医生 护士 大夫 救护车 外卖 出租 昨天 今天 明天 前天 上次 这次 上午 "
    "下午 一个 两个 家里 如果 因为 所以 但是 而且 全家 个人 单位 公司 保密 匿名 姓名 名字 相同 "
    "做 领 办 一样 写错 错 对不 登记 号码 信息 费用 金额 同意 确认 处 后 前 时 需 能不"
)
BEGINNING = re.compile(f"(?:{'|'.join(BEGINS.split())})")
ILLNESS = re.compile("[的了病炎症癌瘤痛疼痒烧肿泻咳晕麻胀孕糖脂压尿血]|手术|检查|化疗|发热|住院|[吗呢吧]$")
ROLES = frozenset(
    (
        "病人 患者 孩子 老人 家属 宝宝 大人 小孩 产妇 孕妇 婴儿 新生儿 朋友 同事 邻居 亲戚 死者 伤者 "
        "医生 护士 大夫 专家 教授 主任 儿子 女儿 妈妈 爸爸 爷爷 奶奶 医院 科室 门诊 住院 身边 现在 "
        "之前 以前 上次 昨天 今天 他们 我们 你们 别人 自己 本人 隔壁 对面 家里 单位 公司 体检 检查 "
        "全部 所有 最近 最新 做完 拿到 看到 当地 外地 本地 那边 这边 网上 手机 自助机 电子版 复查 "
        "化验 彩超 核磁 胸片 胃镜 肠镜 病理 血常规 尿常规 验血 抽血 挂号 预约 排队"
    ).split()
)
USUAL = 0.4  # of `like`
PREFIXES = "小大阿"


def nobody(found: re.Match[str]) -> bool:
    """Whether `value` is plainly no name; names of other peoples may begin with any letter."""
    value = found["value"]
    if peoples.alone(value):
        return False
    return GONE in value or bool(BEGINNING.match(value) or ILLNESS.search(value))


class Everyday:
    """Words of every day, which are nobody's name without more."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._starts, self._ends = {w.start for w in words}, {w.end for w in words}
        self._plain = {(w.start, w.end) for w in words if w.known and not w.flag.startswith(("nr", "nz"))}

    def word(self, found: re.Match[str]) -> bool:
        return found.span("value") in self._plain or found["value"] in ROLES

    def given(self, found: re.Match[str]) -> bool:
        """Whether letters that are usual in given names stand between borders of words: 秀兰, 小平."""
        value, (start, end) = found["value"], found.span("value")
        bordered = value[0] in PREFIXES or (start in self._starts and end in self._ends)
        return bordered and min(map(like, value.lstrip(PREFIXES) or value)) > USUAL
