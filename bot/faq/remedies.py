"""Drugs, herbs, food, illnesses and words of every day that begin like a person's name (remedies.yml). Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

# How the names of drugs and illnesses go on.
MEDICAL = re.compile(
    "片|丸|胶囊|颗粒|软膏|口服液|注射液|霉素|西林|沙班|他汀|普利|洛尔|地平|沙坦|拉唑|咪唑|康唑|替尼|单抗|韦|氏|症|病|"
    "炎|瘤|癌|综合征|试验|反射|征|疹|囊肿|结节|应龙|血压|血糖|他嗪|尼汀|地尔|洛芬|西泮|拉明|昔布|膦酸|格列|磺|唑仑|咪特"
)
PATH = Path(__file__).with_name("remedies.yml")


def spans(view: str) -> list[tuple[int, int]]:
    """Where such words stand."""
    return [found.span() for found in _pattern().finditer(view)]


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    groups: dict[str, str] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    words = {word for group in groups.values() for word in group.split()}
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
