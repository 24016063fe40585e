"""导出: the whole FAQ as a file that a spreadsheet opens without running anything in it."""

from __future__ import annotations

from flask import Response

from bot.services import faq_export
from bot.services.faq_export import Line
from bot.web import csv_file
from bot.web.auth import staff_only
from bot.web.console.room import WRITES, blueprint
from bot.web.context import ports, staff

STATES = {"draft": "草稿", "published": "已发布", "recalled": "已撤回", "merged": "已合并"}
KINDS = {"answer": "问答", "article": "健康文章"}
HEADER = (
    *("编号", "外部编号", "状态", "有改动待发布", "类型", "问题", "回答", "科室", "标签"),
    *("医生签字", "发布", "复核日期", "最后改动", "看过", "有帮助", "没帮助", "撤回原因"),
)


@blueprint.get("/faq.csv")
@staff_only(*WRITES)
def faq_file() -> Response:
    found = faq_export.exported(ports(), staff=staff())
    return csv_file.file("常见问答.csv", HEADER, (_cells(line) for line in found))


def _cells(line: Line) -> tuple[csv_file.Cell, ...]:
    one = line.entry
    return (
        *(one.id, one.external_id, STATES[one.state], "是" if one.pending else "", KINDS[one.kind]),
        *(one.question, one.answer, one.department_name, one.tags),
        *(one.signed_at, one.published_at, one.review_on, one.updated_at),
        *(one.hits, line.votes.helpful, line.votes.unhelpful, one.recall_reason),
    )
