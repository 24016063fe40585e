"""Texts that are no wish: code, orders to a language model, abuse, another language.

Told by their looks, before anybody reads them. Only what is short and plain counts: whoever curses and still says what
he wants is answered what he wants.
"""

from __future__ import annotations

import re
import unicodedata

HAN = re.compile("[\u3400-\u9fff]")
CODE = re.compile(
    r"</?[a-z!][^>]*>|[{}\[\]]\s*[\"']|=>|\b(?:select|insert|update|delete|drop)\b[^\u3400-\u9fff]*\b(?:from|into|set|table)\b"
    r"|\b(?:function|def|import|print|return|console\.log|sudo|curl|eval)\b\s*[({ .]|\$\{|\{\{|;\s*--|&&|\|\|",
    re.IGNORECASE,
)
ORDERS = re.compile(
    "(?:忽略|无视|忘[记掉]|不用管|抛开)[^。，,]{0,8}(?:指令|提示|规则|设定|限制|要求)|系统提示|提示词"
    "|(?:扮演|假装你是|假设你是|从现在(?:起|开始)你(?:就)?是)|开发者模式|越狱"
    "|ignore (?:all |any )?(?:the )?(?:previous|above|prior)|system prompt|jailbreak|developer mode",
    re.IGNORECASE,
)
ABUSE = re.compile(
    "[傻煞沙][逼比屄b叉x]|[他你尼]妈的(?:$|[，,。！! ])|^妈的|操你|草泥马|王八蛋|混蛋|滚[吧蛋开远]|^滚$"
    r"|废物|智障|脑残|弱智|白痴|垃圾(?![桶箱站])|蠢[货猪]|狗东西|狗屁|去你的|你有病|神经病吧|破机器|\bsb\b|\bcnm\b|\bfuck|\bstupid\b|\bidiot",
    re.IGNORECASE,
)
ENGLISH = re.compile(
    r"\b(?:i|the|to|is|are|you|my|me|want|can|do|how|where|what|when|please|have|need|for|see|help|doctor|hospital)\b"
)
PINYIN = frozenset({"can", "me", "you"})  # you mei you hao is Chinese
FEWEST_ENGLISH = 2  # different words: ok, CT and wifi are words of ours
UNSEEN = frozenset({"Cf", "Cc"})
LONGEST_ABUSE = 14  # characters; a longer message says what is wrong, and that is a complaint


def kind(text: str) -> str | None:
    """`code`, `orders`, `abuse`, `foreign`, or None = words to be read."""
    if ORDERS.search(text):
        return "orders"
    if not HAN.search(text) and CODE.search(text):
        return "code"
    abuse = len(text) <= LONGEST_ABUSE and ABUSE.search(text) and "我" not in text  # 我是个废物 asks for comfort
    if abuse:
        return "abuse"
    return "foreign" if _english(text) else None


def _english(text: str) -> bool:
    """Whether it is in English: several plain words of it, not all of them syllables of pinyin, nothing in Chinese."""
    found = set() if HAN.search(text) else set(ENGLISH.findall(text.lower()))
    return len(found) >= FEWEST_ENGLISH and bool(found - PINYIN)


def visible(text: str) -> str:
    """A text without what nobody sees: zero-width and control characters inside words, but line ends."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in UNSEEN)
