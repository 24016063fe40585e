// A phone's settings: network, letters, following, the line's record.

import * as api from "./api.js";
import { clock } from "./bubbles.js";
import { button, make } from "./dom.js";
import * as memory from "./memory.js";
import { toggle } from "./sheet.js";

export const SWITCHES = [
  ["slow", "网速很慢", "消息晚两三秒才发到、收到"],
  ["drop_first", "丢失第一次回复", "微信收不到第一次回复，5 秒后用同一编号再发一次"],
  ["duplicate", "重复投递", "同一条消息投递两次，应当只办一次"],
  ["offline", "断网", "发出和收到的消息都先等着，恢复后一起到"],
];

export function openSettings(phone, desk) {
  const switches = SWITCHES.map(([name, label, words]) =>
    toggle(label, words, phone.facts.switches[name], (on) => phone.set({ [name]: on })));
  const big = toggle("大字", "整个页面用更大的字", memory.isBig(), (on) => desk.setBig(on));
  phone.sheet.open(
    `${phone.facts.name}的手机`,
    make("div.group", {}, numberField(phone)),
    make("h3", {}, "网络"), make("div.group", {}, ...switches),
    make("h3", {}, "显示"), make("div.group", {}, big),
    make("h3", {}, "服务号"), make("div.group", {}, followButton(phone), consentButton(phone, desk), recordButton(phone)),
    make("div.group", {}, button("row-button.danger", "移除这部手机", () => removeAsked(phone, desk))),
  );
}

function numberField(phone) {
  const input = make("input.field", {
    value: phone.facts.number, inputMode: "tel", maxLength: 20, placeholder: "未填写", "aria-label": "本机号码",
  });
  input.onchange = () => phone.set({ number: input.value });
  return make("label.toggle", {}, make("span.toggle-text", {}, make("span", {}, "本机号码"), make("small", {}, "发到这个号码的短信会显示在聊天里")), input);
}

function followButton(phone) {
  const following = phone.facts.subscribed;
  const act = () => { phone.sheet.close(); phone.send({ type: following ? "unsubscribe" : "subscribe" }); };
  return button("row-button", following ? "取消关注" : "关注服务号", act);
}

function consentButton(phone, desk) {
  const asked = desk.subscriptions;
  if (!asked.length || !phone.facts.subscribed) return null;
  return button("row-button", "订阅通知授权", () => openConsent(phone, asked));
}

function openConsent(phone, asked) {
  const choose = (template, accept) => () => { phone.sheet.close(); phone.send({ type: "consent", template, accept }); };
  const rows = asked.map((one) => make("div.toggle", {}, make("span.toggle-text", {}, make("span", {}, one.title)),
    button("small-button", "拒绝", choose(one.id, false)), button("small-button", "允许", choose(one.id, true))));
  phone.sheet.open("订阅通知授权", make("p.sheet-words", {}, "每允许一次，服务号可以发一条这样的通知。"), make("div.group", {}, ...rows));
}

function recordButton(phone) {
  return button("row-button", "线路记录", () => openRecord(phone));
}

function removeAsked(phone, desk) {
  phone.sheet.open("移除这部手机？",
    make("p.sheet-words", {}, "聊天记录会留在服务器上，但这个浏览器不再显示它。"),
    make("div.group", {}, button("row-button.danger", "移除", () => desk.remove(phone))),
    make("div.group", {}, button("row-button", "取消", () => phone.sheet.close())));
}

const STATES = { queued: "等待联网", sending: "正在投递", done: "已回应", failed: "服务故障" };
const RESULTS = {
  success: "先回 success", dropped: "回复丢失", timeout: "5 秒没有回复", text: "回复文字", news: "回复图文", note: "转人工", image: "回复图片",
  staff: "人工客服在听", stopped: "微信暂停推送，没有投递",
};

async function openRecord(phone) {
  let found = [];
  try {
    found = await api.deliveries(phone.id);
  } catch (error) {
    phone.say(error);
    return;
  }
  const items = found.map((delivery) => make("li.record", {},
    make("div.record-head", {}, make("span", {}, delivery.label), make(`span.record-state.${delivery.state}`, {}, STATES[delivery.state])),
    ...delivery.log.map(attempt)));
  const words = make("p.sheet-words", {}, "每条消息最多投递三次（0、5、10 秒），编号不变。指纹一样就是一字不差的同一个回复。");
  phone.sheet.open("线路记录", words, items.length ? make("ol.records", {}, ...items) : make("p.sheet-words", {}, "还没有消息"));
}

function attempt(entry, index) {
  const result = RESULTS[entry.result] || entry.result || "";
  const print = entry.print ? ` · 指纹 ${entry.print}` : "";
  return make("div.record-line", {}, `第 ${index + 1} 次 ${clock(entry.at)} · ${result} · ${entry.ms} 毫秒${print}`);
}
