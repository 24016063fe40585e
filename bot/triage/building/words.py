"""Everyday words that lean to a department: what a reason may name beside the lexicon's expressions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from bot.triage.building.examples import Example
from bot.triage.departments.features import grams
from bot.triage.departments.table import Array
from bot.triage.text import normalise

LEAST_TEXTS = 4  # as for n-grams
WORDS = 6_000
LEAN = 0.5  # how far a word must move one department above the mean of all (weights times idf)
_WORD = re.compile(r"[\u4e00-\u9fff]{2,5}")
# Words of talk, time and amount: true that they move a figure, no reason that a patient would recognise.
_EMPTY = frozenset(
    "今天 昨天 前天 明天 最近 现在 以前 之前 后来 已经 开始 一直 经常 有时 有时候 时候 然后 但是 因为 所以 "
    "如果 就是 不是 还是 还有 没有 这个 那个 这样 那样 怎么 怎样 什么 为什么 可以 可能 是否 需要 应该 情况 "
    "问题 原因 医生 大夫 医院 谢谢 您好 你好 请问 感觉 觉得 知道 一下 一些 有点 有些 非常 特别 比较 几天 "
    "几年 一天 两天 三天 一个 两个 一次 一年 两年 半年 多年 个月 一周 左右 早上 晚上 中午 下午 出现 发现 "
    "进行 检查 治疗 吃药 药物 用药 症状 结果 建议 帮忙 咨询 挂号 预约 门诊 住院 去年 今年 不能 不会 不好 "
    "自己 我们 他们 你们 患者 病人 病情 怎么办 怎么回事 怎么样 多少 多久 严重 明显 正常 异常 女性 男性 女士 "
    "先生 朋友 家人 老人 东西 地方 时间 目前 请教 希望 帮助 以及 或者 而且 引起 造成 导致 影响 关系 办法 "
    "方法 效果 缓解 好转 加重 反复 突然 偶尔 总是 主要 其他 部位 左边 右边 两边 左侧 右侧 旁边".split()
)


def telling(patients: Sequence[Example], terms: Sequence[str], idf: Array, weights: Array) -> list[str]:
    """Words of two to five characters, of enough texts, that lean to a department; the strongest first."""
    rows = {term: row for row, term in enumerate(terms)}
    leans = {word: _lean(word, rows, idf, weights) for word in _frequent(one.text for one in patients)}
    ranked = sorted(leans, key=lambda word: -leans[word])
    return [word for word in ranked if leans[word] >= LEAN][:WORDS]


def _frequent(texts: Iterable[str]) -> list[str]:
    """Words of enough different texts, cut by jieba."""
    import jieba

    counts: Counter[str] = Counter()
    for text in set(texts):
        counts.update(set(jieba.cut(normalise(text).text)))
    return [word for word, n in counts.items() if n >= LEAST_TEXTS and _WORD.fullmatch(word) and word not in _EMPTY]


def _lean(word: str, rows: dict[str, int], idf: Array, weights: Array) -> float:
    """The best department's share of the word's weight above the mean of all departments."""
    at = [rows[gram] for gram in grams(word) if gram in rows]
    force = idf[at] @ weights[at]
    return float(force.max() - np.median(force)) if at else 0.0
