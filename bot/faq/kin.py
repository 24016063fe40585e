"""What stands before a name: relations with every prefix and ending, beds, somebody named just before. Pure."""

from __future__ import annotations

from bot.faq.board import GONE
from bot.faq.surnames import KIN

RANK = "(?:大|小|二|三|四|五|六|七|八|老|堂|表|干|亲|姑|姨|舅|叔|太|外|前|准|继|养)"
ROOT = "(?:舅|叔|姨|姑|伯|婶|哥|姐|弟|妹|嫂|爷|奶|姥|妗|侄|甥|孙|媳|婿|爸|妈|爹|娘|公|婆)"
END = "(?:舅|叔|姨|姑|伯|婶|哥|姐|弟|妹|爷|奶|姥|子|女|儿|妈|父|母|爸|公|婆|妇|们|夫)"
KIN_BEFORE = rf"{KIN}|{RANK}{ROOT}{END}?|{ROOT}{END}|{GONE}(?:和|跟|与|及|、)"
RELATIVES = frozenset(KIN.split("|"))
