"""Words for failures on pages: code → (title, what to do now). Chat has its own in domain.yml."""

from __future__ import annotations

WORDS = {
    "sign_in": ("请先登录", "登录已经过期，重新进入一次就好。"),
    "forbidden": ("这里不对您开放", "如果工作需要，请联系管理员开通。"),
    "csrf": ("页面放得太久了", "请返回上一页，刷新后再提交一次。"),
    "follow_first": ("请先关注公众号", "关注医院公众号后，再从菜单打开这个页面。"),
    "not_found": ("没有找到", "它可能已经不在了，或者链接不完整。"),
    "bad_request": ("没看懂这次请求", "请返回上一页再试一次。"),
    "bad_input": ("填写的内容不对", "请返回上一页检查后再提交。"),
    "bad_answer": ("回答还不能发送", "请写下回答，2 到 2000 字。"),
    "bad_question": ("问题不合要求", "请写 5 到 2000 个字。"),
    "bad_entry": ("问答还不能保存", "问题和回答都要写，问题最多 2000 字，回答最多 20000 字。"),
    "bad_login": (
        "没有登录成功",
        "账号或密码不对，或者账号暂时锁定。锁定 15 分钟后自动解开，也可以联系管理员。",
    ),
    "bad_state": ("这个链接用过了", "请重新进入一次。"),
    "bad_code": ("微信授权没有成功", "请重新进入一次。"),
    "bad_method": ("不支持这样打开", "请返回上一页再试一次。"),
    "conflict": ("有人先您一步", "内容已经变了，请刷新后再看。"),
    "claimed": ("同事正在处理这个问题", "请回到列表看看其他问题。"),
    "too_large": ("内容太长了", "请缩短后再提交。"),
    "bad_type": ("不支持这种文件", "请换一种格式。"),
    "refused": ("现在不能这样做", "请返回上一页，换一种方式。"),
    "report_not_ready": ("报告还没出来", "出来后我们会通知您。"),
    "too_many_tries": ("操作太快了", "请稍等一会儿再试。"),
    "unavailable": ("暂时连不上", "请过一会儿再试，已经提交的内容不会丢。"),
    "his_unavailable": ("医院系统正忙", "请过一会儿再试，已经约好的号不受影响。"),
    "internal": ("出了点问题", "我们已经记下，请过一会儿再试。"),
}


def said(code: str) -> tuple[str, str]:
    """Title and hint of a code; a code without own words gets the general ones."""
    return WORDS.get(code, WORDS["refused"])
