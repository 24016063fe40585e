"""我的数据: what is kept, taking a consent back, agreeing again, and erasing it all."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.ports import Ports
from bot.services import mydata

TAKE_BACK = {
    "binding": "不再保存就诊卡",
    "reports": "不再查报告",
    "consult": "不再问医生",
    "push": "不要主动发消息",
}
AGREE = {
    "binding": "同意保存就诊卡",
    "reports": "同意查报告",
    "consult": "同意问医生",
    "push": "同意发消息提醒我",
}
GO_ON = {
    "binding": choice("我要挂号", "book"),
    "reports": choice("查报告", "reports_list"),
    "consult": choice("问医生", "ask_expert"),
    "push": choice("回到菜单", "help"),
}


@responds_to("my_data")
def my_data(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """What is kept, as a view; one choice for each purpose, given or not."""
    found = mydata.overview(ports, person_id=caller(ports, tracker).person_id)
    buttons = [_change(consent) for consent in found.consents if consent.state != "never"]
    dispatcher.utter_message(
        json_message={"view": "my_data"},
        buttons=[*buttons, choice("删除我的数据", "erase_me"), choice("回到菜单", "help")],
    )


def _change(consent: mydata.Consent) -> dict[str, str]:
    if consent.state == "given":
        return choice(TAKE_BACK[consent.purpose], "withdraw_consent", purpose=consent.purpose)
    return choice(AGREE[consent.purpose], "bind_card" if consent.purpose == "binding" else f"agree_{consent.purpose}")


@responds_to("agree_binding", "agree_reports", "agree_consult", "agree_push")
def agree(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """同意: written down, and on with what was wanted."""
    purpose = heard.intent.removeprefix("agree_")
    mydata.agree(ports, person_id=caller(ports, tracker).person_id, purpose=purpose)
    dispatcher.utter_message(response="utter_agreed", buttons=[GO_ON[purpose]])


def offer_push(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """After something that we will have news of: ask whether we may tell, once the words are new to him."""
    if mydata.unasked(ports, person_id=caller(ports, tracker).person_id, purpose="push"):
        dispatcher.utter_message(
            response="utter_offer_push", buttons=[choice(AGREE["push"], "agree_push"), choice("先不用", "deny")]
        )


@responds_to("withdraw_consent")
def withdraw(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """Taken back at once; only what unbinds cards asks first."""
    purpose = heard.first("purpose") or ""
    if purpose == "binding" and not heard.first("sure"):
        sure = choice("确认收回", "withdraw_consent", purpose=purpose, sure="yes")
        dispatcher.utter_message(response="utter_want_withdraw_binding", buttons=[sure, choice("先留着", "deny")])
        return
    mydata.withdraw(ports, person_id=caller(ports, tracker).person_id, purpose=purpose)
    dispatcher.utter_message(response=f"utter_withdrawn_{purpose}")


@responds_to("erase_me")
def erase(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """删除我的数据: really → gone."""
    if not heard.first("sure"):
        sure = choice("确认删除", "erase_me", sure="yes")
        dispatcher.utter_message(response="utter_want_erase", buttons=[sure, choice("先留着", "deny")])
        return
    mydata.erase(ports, person_id=caller(ports, tracker).person_id)
    dispatcher.utter_message(response="utter_erased")
