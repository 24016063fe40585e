"""A patient who asks a doctor in the chat: he reads what came last, and answers that.

He gets no answer for a while and says it again; he is told that something went wrong and says it again; what he does
not understand lets him begin anew. He believes what he is told, and stops once he was told that his question is there,
or reads the doctor's answer to it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from tests.gates.connector_dedupe import FIRST_ID, ROUNDS, openid, post
from tests.gates.scenes.account import Account
from tests.gates.scenes.doors import ENVELOPE, text

TOLD = ("送到医生那里", "有回答了", "医生回答了您的提问")  # on the way, the answer, or a pointer to it
BEGIN = "问医生"
# What he is asked, and what he answers: the words of one of the choices, or his own.
DEPARTMENT, QUESTION, EARLIER, SEEN = "想问哪个科室", "请写下要问", "先看看", "当面给您看过"
WRONG = re.compile("请再说一遍|请再发一次|请过几分钟再试|系统有点忙|办理中|正在办")
CHOICE = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]*)&msgmenuid=([^"]*)">')
ATTEMPT_SECONDS = 5.0  # of WeChat
PATIENCE_SECONDS = 45.0  # until he says it again
REST_SECONDS = 6.0  # in which the rest of an answer comes
MOST = 60  # messages of one patient


@dataclass
class Patient:
    """`sent` is told of every message before it leaves."""

    number: int
    port: int
    account: Account
    department: str
    question: str
    sent: Callable[[], None]
    messages: int = 0

    def ask(self) -> bool:
        """Ask, and give whether he was told that the doctor has it."""
        words, menu_id = BEGIN, ""
        for _ in range(MOST):
            heard = self._say(words, menu_id)
            if any(told in heard for told in TOLD):
                return True
            if heard and not WRONG.search(heard):
                words, menu_id = self._next(heard)
        return False

    def _next(self, heard: str) -> tuple[str, str]:
        """(words, id of the choice or "") that answer what was asked last."""
        answers = {DEPARTMENT: self.department, QUESTION: self.question, EARLIER: "还是要问医生", SEEN: "看过"}
        asked = max(answers, key=heard.rfind)
        if asked not in heard:
            return BEGIN, ""
        choices = CHOICE.findall(heard[heard.rfind(asked) :])
        labels = [unquote(label) for label, _ in choices]
        if asked not in {EARLIER, SEEN} or answers[asked] not in labels or self.number % 3 == 0:
            return answers[asked], ""
        place = labels.index(answers[asked])
        return (answers[asked], unquote(choices[place][1])) if self.number % 3 == 1 else (str(place + 1), "")

    def _say(self, words: str, menu_id: str) -> str:
        """Everything that comes after these words, until he is answered or gives up waiting."""
        name, before = openid(self.number), len(self.account.shown(openid(self.number)))
        self.messages += 1
        self._deliver(text(words, FIRST_ID + self.number * 1000 + self.messages, openid=name, menu_id=menu_id))
        self.account.wait(name, more_than=before, seconds=PATIENCE_SECONDS)
        until = time.monotonic() + REST_SECONDS
        while not _whole(heard := "\n".join(self.account.shown(name)[before:])) and time.monotonic() < until:
            self.account.wait(name, more_than=len(self.account.shown(name)), seconds=0.5)
        return heard

    def _deliver(self, message: bytes) -> None:
        """As often as WeChat tries; what it was answered stands on the phone."""
        self.sent()
        for _ in range(ROUNDS):
            began = time.monotonic()
            body = post(self.port, message)
            if body is not None:
                shown = ENVELOPE.open_reply(body).findtext("Content") if body != b"success" else None
                if shown:
                    self.account.show(openid(self.number), shown)
                return
            time.sleep(max(0.0, began + ATTEMPT_SECONDS - time.monotonic()))


def _whole(heard: str) -> bool:
    """Whether there is something in it to go on with."""
    return not heard or any(words in heard for words in (*TOLD, DEPARTMENT, QUESTION, EARLIER, SEEN))
