"""The standard department names (order of the weight table), and what age and sex rule out."""

from __future__ import annotations

STANDARD = tuple(
    "心血管内科 呼吸内科 消化内科 神经内科 内分泌科 肾内科 血液科 风湿免疫科 感染科 "
    "肿瘤科 普外科 骨科 泌尿外科 神经外科 胸外科 肝胆外科 肛肠科 乳腺外科 "
    "甲状腺外科 血管外科 整形外科 妇科 产科 儿科 眼科 耳鼻咽喉科 口腔科 "
    "皮肤科 男科 精神心理科 中医科 康复科 疼痛科 急诊科 全科医学科 营养科".split()
)
CHILDREN, OBSTETRICS = "儿科", "产科"
EMERGENCY = "急诊科"
WOMEN_ONLY = frozenset({"妇科", OBSTETRICS})
MEN_ONLY = frozenset({"男科"})
# Under 14 these hand over to 儿科; surgeons, eyes, ears, teeth, skin and minds see children themselves.
CHILDREN_FIRST = frozenset(
    "心血管内科 呼吸内科 消化内科 神经内科 内分泌科 肾内科 血液科 风湿免疫科 感染科 全科医学科 妇科 产科 男科 "
    "乳腺外科 疼痛科 营养科".split()
)
CHILD_UNTIL = 14  # years: the usual limit of a children's department
ADULT_FROM = 18
CHILDBEARING = range(10, 61)


def keep(name: str, *, age: int | None, sex: str | None) -> float:
    """Factor for one department: 0 rules it out, 1 leaves it."""
    if name in {"m": WOMEN_ONLY, "f": MEN_ONLY}.get(sex or "", frozenset()):
        return 0.0
    if age is None:
        return 1.0
    if name == CHILDREN:
        return 0.0 if age >= ADULT_FROM else 1.0
    if name == OBSTETRICS and age not in CHILDBEARING:
        return 0.0
    return 1.0
