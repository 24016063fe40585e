// The guide beside the phones: what to try, whose data to use, where the staff sign in.

import { button, copy, icon, make } from "./dom.js";
import * as memory from "./memory.js";
import { SWITCHES } from "./settings.js";
import { toggle } from "./sheet.js";

export function fillGuide(body, guide, desk) {
  body.replaceChildren(...[
    intro(guide),
    ...(guide.try || []).map((group) => suggestions(group, desk)),
    patients(guide.patients || [], desk),
    staff(guide),
    explained(),
    make("section", {}, make("h3", {}, "显示"), make("div.group", {}, toggle("大字", "", memory.isBig(), (on) => desk.setBig(on)))),
  ].filter(Boolean));
}

function intro(guide) {
  const words = "像用微信一样说话或点菜单。点下面的句子会放进输入框，再按「发送」。";
  const now = guide.now ? make("p.guide-now", {}, `医院时间：${guide.now}`) : null;
  return make("section", {}, guide.hospital ? make("p.guide-hospital", {}, guide.hospital) : null, now, make("p", {}, words));
}

function suggestions(group, desk) {
  const items = (group.items || []).map((item) => {
    const text = typeof item === "string" ? item : item.text;
    const note = item.note ? make("small", {}, item.note) : null;
    return make("li", {}, make("button.suggestion", { type: "button", onclick: () => desk.suggest(text) }, make("span", {}, text), note));
  });
  return make("section", {}, make("h3", {}, group.title), make("ul.suggestions", {}, ...items));
}

const FIELDS = [["name", "姓名"], ["id_number", "身份证"], ["phone", "手机号"], ["card_no", "就诊卡"]];

function patients(list, desk) {
  if (!list.length) return null;
  const cards = list.map((patient, index) => {
    const rows = FIELDS.filter(([name]) => patient[name]).map(([name, label]) => valueRow(label, patient[name]));
    const open = button("small-button", "开一部手机", () => desk.addPatient(patient));
    const head = make("summary", {}, make("span", {}, patient.name), make("small", {}, patient.note || ""));
    return make("details.person", { open: index === 0 }, head, ...rows, open);
  });
  return make("section", {}, make("h3", {}, "示范患者"), make("p", {}, "绑定就诊卡时用下面的资料。"), ...cards);
}

function valueRow(label, value) {
  const act = button("icon-button.copy", icon("copy"), () => copy(value), { "aria-label": `复制${label}` });
  return make("div.value-row", {}, make("span.value-label", {}, label), make("span.value", {}, value), act);
}

const ROLES = { doctor: "医生", head: "科主任", editor: "内容编辑", finance: "财务", operator: "运营", auditor: "审计" };

function staff(guide) {
  const list = guide.staff || [];
  if (!list.length) return null;
  const link = make("a.button.plain", { href: guide.console_url || "/console/", target: "_blank", rel: "noopener" }, "打开工作台");
  const cards = list.map((one) => make("details.person", {},
    make("summary", {}, make("span", {}, one.name || one.username), make("small", {}, [ROLES[one.role] || one.role, one.department].filter(Boolean).join(" · "))),
    valueRow("用户名", one.username), valueRow("密码", one.password)));
  return make("section", {}, make("h3", {}, "医护工作台"), make("p", {}, "医生回答提问、编辑发布问答，都在这里登录。"), link, ...cards);
}

function explained() {
  const terms = SWITCHES.map(([, label, words]) => make("div", {}, make("dt", {}, label), make("dd", {}, words)));
  return make("section", {}, make("h3", {}, "网络开关"),
    make("p", {}, "每部手机右上角 ··· 里可以打开，用来看坏网络下会怎样；同一处的「线路记录」列出每次投递。"), make("dl.terms", {}, ...terms));
}
