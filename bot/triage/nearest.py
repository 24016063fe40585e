"""Where to go when a hospital has no such department: whoever else begins with these complaints, the nearest first.

Unsigned – needs a clinician. 全科医学科 sees everybody and stands at every end.
"""

from __future__ import annotations

from collections.abc import Collection

GENERAL = "全科医学科"
NEAREST = {
    "心血管内科": ("呼吸内科",),
    "呼吸内科": ("心血管内科", "感染科"),
    "消化内科": ("普外科", "肝胆外科"),
    "神经内科": ("神经外科",),
    "内分泌科": ("肾内科",),
    "肾内科": ("泌尿外科", "内分泌科"),
    "血液科": ("肿瘤科",),
    "风湿免疫科": ("骨科", "肾内科"),
    "感染科": ("呼吸内科", "消化内科"),
    "肿瘤科": ("普外科",),
    "普外科": ("肝胆外科", "肛肠科", "消化内科"),
    "骨科": ("康复科", "疼痛科", "普外科"),
    "泌尿外科": ("肾内科", "普外科"),
    "神经外科": ("神经内科", "骨科"),
    "胸外科": ("呼吸内科", "普外科"),
    "肝胆外科": ("普外科", "消化内科"),
    "肛肠科": ("普外科", "消化内科"),
    "乳腺外科": ("甲状腺外科", "普外科", "妇科"),
    "甲状腺外科": ("内分泌科", "普外科"),
    "血管外科": ("普外科", "心血管内科"),
    "整形外科": ("皮肤科", "普外科"),
    "妇科": ("产科",),
    "产科": ("妇科",),
    "儿科": (),
    "眼科": (),
    "耳鼻咽喉科": (),
    "口腔科": ("耳鼻咽喉科",),
    "皮肤科": (),
    "男科": ("泌尿外科",),
    "精神心理科": ("神经内科",),
    "中医科": (),
    "康复科": ("骨科", "神经内科", "中医科"),
    "疼痛科": ("骨科", "康复科", "神经内科"),
    "急诊科": (),
    "全科医学科": ("呼吸内科", "消化内科"),
    "营养科": ("内分泌科", "消化内科"),
}


def nearest(name: str, here: Collection[str]) -> str | None:
    """The department of this hospital that is nearest to a standard name it has not; None = there is none."""
    return next((one for one in (*NEAREST[name], GENERAL) if one in here), None)
