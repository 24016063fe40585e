// One message → one list item.

import { icon, make } from "./dom.js";
import { lines } from "./rich.js";

const ACCOUNT = new URL("account.svg", import.meta.url).pathname;
const GAP = 300; // seconds after which the time is shown again
const CLOSE = 120000; // milliseconds within which two clocks count as the same

const two = (number) => String(number).padStart(2, "0");

let drift = 0; // milliseconds from this browser's clock to the hospital's

/** The phones show the hospital's time, which a demo can shift; `now` is `2026-11-23 09:40` or nothing. */
export function keepTime(now) {
  const ahead = Date.parse(String(now || "").replace(" ", "T")) - Date.now();
  drift = Math.abs(ahead) > CLOSE ? ahead : 0;
}

export function clock(seconds) {
  const at = new Date(seconds * 1000 + drift);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

function when(seconds) {
  const at = new Date(seconds * 1000 + drift);
  const today = new Date(Date.now() + drift);
  if (at.toDateString() === today.toDateString()) return clock(seconds);
  return `${at.getMonth() + 1}月${at.getDate()}日 ${clock(seconds)}`;
}

/** The time above a message, when enough has passed since the one before. */
export function timeLine(message, before) {
  if (before && message.at - before.at < GAP) return null;
  return make("li.time", {}, when(message.at));
}

export function bubble(message, phone, acts) {
  if (message.kind === "note") return make("li.note", { "data-id": message.id }, message.text);
  const body = (BODIES[message.kind] || textBody)(message, acts);
  body.title = when(message.at);
  const item = make(`li.row.${message.side}`, { "data-id": message.id });
  if (message.side === "sms") item.append(body);
  else item.append(avatar(message.side, phone), make("div.cell", {}, body, stateNote(message)));
  return item;
}

function avatar(side, phone) {
  if (side === "bot") return make("img.avatar", { src: ACCOUNT, alt: "" });
  return make("span.avatar.own", { "aria-hidden": "true" }, phone.name.slice(0, 1));
}

function stateNote(message) {
  if (message.state === "queued") return make("span.state", {}, "没有网络，联网后发送");
  if (message.state === "sending") return make("span.spinner", { role: "img", "aria-label": "发送中" });
  return null;
}

function textBody(message, acts) {
  const content = lines(message.parts, acts);
  const wide = content.some((line) => line.classList.contains("choice"));
  return make(wide ? "div.bubble.wide" : "div.bubble", {}, ...content);
}

function imageBody(message) {
  return make("img.picture", { src: message.card.src, alt: message.card.alt });
}

function voiceBody(message) {
  const said = message.card.said ? make("small", {}, message.card.said) : null;
  return make("div.voice-cell", {}, make("div.bubble.voice-note", {}, `${message.card.seconds}″`, icon("voice")), said);
}

function locationBody(message) {
  const map = make("span.map", { "aria-hidden": "true" }, icon("place"));
  return make("div.card.place", {}, make("strong.card-title", {}, message.card.label), map);
}

function opener(card, acts, label = "查看详情") {
  if (card.path) return make("button.card-open", { type: "button", onclick: () => acts.page(card.path) }, label);
  if (card.url) return make("a.card-open", { href: card.url, target: "_blank", rel: "noopener noreferrer" }, label);
  return null;
}

function fileBody(message) {
  const { card } = message;
  return make("div.card.file", {}, make("strong.card-title", {}, card.title), make("p.card-words", {}, card.words));
}

function templateBody(message, acts) {
  const { card } = message;
  const head = card.sender ? make("p.card-head", {}, `服务通知 · ${card.sender}`) : null;
  const rows = card.rows.map((row) => make("div.card-row", {}, make("dt", {}, row.label), make("dd", {}, row.value)));
  const title = make("strong.card-title", {}, card.title);
  return make("div.card.template", {}, head, title, make("dl", {}, ...rows), opener(card, acts));
}

function newsBody(message, acts) {
  const { card } = message;
  const words = card.description ? make("p.card-words", {}, card.description) : null;
  const more = (card.more || []).map((one) => opener(one, acts, one.title) || make("p.card-open", {}, one.title));
  return make("div.card", {}, make("strong.card-title", {}, card.title), words, opener(card, acts), ...more);
}

function smsBody(message) {
  return make("div.sms-card", {}, make("span.sms-head", {}, "短信"), make("span.sms-text", {}, message.text));
}

const BODIES = {
  image: imageBody,
  voice: voiceBody,
  location: locationBody,
  file: fileBody,
  template: templateBody,
  service: templateBody,
  news: newsBody,
  sms: smsBody,
};
