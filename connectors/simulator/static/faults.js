// The guide's fault section: break something, see what is broken, see the calls that the product made.

import * as api from "./api.js";
import { clock } from "./bubbles.js";
import { button, icon, make, toast } from "./dom.js";

const TIMES = [["1", "一次"], ["3", "三次"], ["", "一直"]];
const KINDS = {
  verified_service: "已认证服务号", unverified_service: "未认证服务号",
  verified_subscription: "已认证公众号", unverified_subscription: "未认证公众号", sandbox: "测试号",
};

/** A section that fills itself once it is opened, and again after each change. */
export function faults() {
  const body = make("div.faults", {});
  const show = (told) => body.replaceChildren(...content(told, run).filter(Boolean));
  const run = async (asking) => {
    try {
      show(await asking);
    } catch (error) {
      toast(api.say(error));
    }
  };
  const details = make("details.person", {}, make("summary", {}, "让微信出错"), body);
  details.ontoggle = () => { if (details.open) run(api.faults()); };
  return make("section", {}, make("h3", {}, "故障"), make("p", {}, "看看微信出错、变慢、断线的时候，用户会遇到什么。"), details);
}

function content(told, run) {
  const stopped = told.stopped ? make("p.fault-stopped", {}, "失败太多，微信暂停推送一分钟。") : null;
  return [stopped, chooser(told.choices, run), armed(told.armed, run), calls(told, run)];
}

function chooser(choices, run) {
  const what = make("select.field", { "aria-label": "什么出错" }, ...groups(choices));
  const often = make("select.field", { "aria-label": "几次" }, ...TIMES.map(([value, label]) => make("option", { value }, label)));
  const form = make("form.fault-form", {}, what, often, make("button.small-button", { type: "submit" }, "打开"));
  form.onsubmit = (event) => {
    event.preventDefault();
    run(api.breakIt({ name: what.value, ...(often.value ? { times: Number(often.value) } : {}) }));
  };
  return form;
}

function groups(choices) {
  return [...new Set(choices.map((choice) => choice.group))].map((label) => make("optgroup", { label },
    ...choices.filter((choice) => choice.group === label).map((choice) => make("option", { value: choice.name }, choice.label))));
}

function armed(list, run) {
  if (!list.length) return make("p.fault-none", {}, "现在一切正常。");
  const rows = list.map((fault) => make("div.fault-row", {},
    make("span.value", {}, fault.label, make("small", {}, fault.times ? ` 还有 ${fault.times} 次` : " 一直")),
    button("icon-button.copy", icon("close"), () => run(api.mend({ id: fault.id })), { "aria-label": `停止：${fault.label}` })));
  return make("div", {}, ...rows, button("small-button", "全部恢复", () => run(api.mend({}))));
}

function calls(told, run) {
  const rows = told.calls.map((call) => make("div.fault-call", {}, make("span", {}, clock(call.at)), make("span.fault-path", {}, call.path), make("span", {}, outcome(call.outcome))));
  const again = button("small-button", "刷新", () => run(api.faults()));
  return make("details.fault-calls", {}, make("summary", {}, `最近的调用 · ${KINDS[told.kind] || told.kind}`), ...rows, again);
}

const OUTCOMES = { 0: "成功", reset: "断线", html: "502" };

function outcome(word) {
  return OUTCOMES[word] || word.replace(/^lost 0$/, "回执丢失").replace(/^lost/, "回执丢失");
}
