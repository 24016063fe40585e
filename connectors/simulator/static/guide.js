// The guide beside the phones: what to try, whose data to use, where the staff sign in.

import { authenticator } from "./api.js";
import { button, copy, icon, make } from "./dom.js";
import { faults } from "./faults.js";
import * as memory from "./memory.js";
import { SWITCHES } from "./settings.js";
import { toggle } from "./sheet.js";
import { peopleOf, placeOf, wordsOf } from "./words.js";

export function fillGuide(body, guide, desk) {
  body.replaceChildren(...[
    intro(guide),
    ...(guide.try || []).map((group) => suggestions(group, desk)),
    people(guide, desk),
    staff(guide),
    explained(),
    faults(),
    make("section", {}, make("h3", {}, "显示"), make("div.group", {}, toggle("大字", "", memory.isBig(), (on) => desk.setBig(on)))),
  ].filter(Boolean));
}

function intro(guide) {
  const words = "像用微信一样说话或点菜单。点下面的句子会放进输入框，再按「发送」。";
  const now = guide.now ? make("p.guide-now", {}, `${wordsOf(guide).now}：${guide.now}`) : null;
  return make("section", {}, placeOf(guide) ? make("p.guide-place", {}, placeOf(guide)) : null, now, make("p", {}, words));
}

function suggestions(group, desk) {
  const items = (group.items || []).map((item) => {
    const text = typeof item === "string" ? item : item.text;
    const note = item.note ? make("small", {}, item.note) : null;
    return make("li", {}, make("button.suggestion", { type: "button", onclick: () => desk.suggest(text) }, make("span", {}, text), note));
  });
  return make("section", {}, make("h3", {}, group.title), make("ul.suggestions", {}, ...items));
}

function people(guide, desk) {
  const list = peopleOf(guide);
  if (!list.length) return null;
  const words = wordsOf(guide);
  const fields = [["name", "姓名"], ["id_number", "身份证"], ["phone", "手机号"], ["card_no", words.card_no]];
  const cards = list.map((person, index) => {
    const rows = fields.filter(([name]) => person[name]).map(([name, label]) => valueRow(label, person[name]));
    const open = button("small-button", "开一部手机", () => desk.addPerson(person));
    const head = make("summary", {}, make("span", {}, person.name), make("small", {}, person.note || ""));
    return make("details.person", { open: index === 0 }, head, ...rows, open);
  });
  return make("section", {}, make("h3", {}, words.people), make("p", {}, words.people_note), ...cards);
}

function valueRow(label, value) {
  const act = button("icon-button.copy", icon("copy"), () => copy(value), { "aria-label": `复制${label}` });
  return make("div.value-row", {}, make("span.value-label", {}, label), make("span.value", {}, value), act);
}

function staff(guide) {
  const list = guide.staff || [];
  if (!list.length) return null;
  const words = wordsOf(guide);
  const link = make("a.button.plain", { href: guide.console_url || "/console/", target: "_blank", rel: "noopener" }, "打开工作台");
  const cards = list.map((one) => make("details.person", {},
    make("summary", {}, make("span", {}, one.name || one.username), make("small", {}, [words.roles[one.role] || one.role, one.department].filter(Boolean).join(" · "))),
    valueRow("用户名", one.username), valueRow("密码", one.password), one.totp_secret ? codeRow(one.totp_secret) : null));
  return make("section", {}, make("h3", {}, words.staff), make("p", {}, words.staff_note), link, ...cards);
}

function codeRow(secret) {
  const shown = make("span.value", {}, "用时再取");
  const show = async () => {
    const now = await authenticator(secret);
    shown.textContent = `${now.code}（${now.seconds} 秒内有效）`;
    copy(now.code);
  };
  const act = button("icon-button.copy", icon("copy"), show, { "aria-label": "取动态码并复制" });
  return make("div.value-row", {}, make("span.value-label", {}, "动态码"), shown, act);
}

function explained() {
  const terms = SWITCHES.map(([, label, words]) => make("div", {}, make("dt", {}, label), make("dd", {}, words)));
  return make("section", {}, make("h3", {}, "网络开关"),
    make("p", {}, "每部手机右上角 ··· 里可以打开，用来看坏网络下会怎样；同一处的「线路记录」列出每次投递。"), make("dl.terms", {}, ...terms));
}
