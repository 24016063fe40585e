// One phone on the page: chat, composer, menu, overlay, sheet.

import * as api from "./api.js";
import { bubble, clock, timeLine } from "./bubbles.js";
import { toast } from "./dom.js";
import { fillDrawer } from "./drawer.js";
import * as memory from "./memory.js";
import { Menu } from "./menu.js";
import { Overlay } from "./overlay.js";
import { openSettings } from "./settings.js";
import { Sheet } from "./sheet.js";

const NEAR = 90; // pixels from the end that still count as "at the end"

export class Phone {
  constructor(id, desk) {
    this.id = id;
    this.desk = desk;
    this.rev = 0;
    this.messages = new Map();
    this.typingUntil = 0;
    this.facts = { name: "", number: "", subscribed: true, switches: {} };
    this.node = document.getElementById("phone-template").content.firstElementChild.cloneNode(true);
    this.chat = this.find(".chat");
    this.list = this.find(".bubbles");
    this.input = this.find(".input");
    this.sheet = new Sheet(this.find(".sheet-back"));
    this.overlay = new Overlay(this.find(".overlay"), id);
    this.menu = new Menu(this.find(".menu-bar"), (entry) => this.menuTapped(entry));
    this.acts = { reply: (text, menuId) => this.tapped(text, menuId), page: (path) => this.overlay.open(path) };
    this.wire();
  }

  find(selector) {
    return this.node.querySelector(selector);
  }

  wire() {
    this.find(".composer").onsubmit = (event) => { event.preventDefault(); this.submit(); };
    this.input.onkeydown = (event) => this.key(event);
    this.input.oninput = () => this.fit();
    this.find(".voice").onclick = () => this.speak();
    this.find(".plus").onclick = () => this.toggleDrawer();
    this.find(".follow-button").onclick = () => this.send({ type: "subscribe" });
    this.find(".open-settings").onclick = () => openSettings(this, this.desk);
    this.find(".open-guide").onclick = () => this.desk.showGuide(true);
    this.find(".switch-phone").onclick = () => this.desk.openSwitcher(this);
    this.find(".new-below").onclick = () => this.toEnd();
    this.chat.onscroll = () => { if (this.atEnd()) this.find(".new-below").hidden = true; };
    for (const kind of ["pointerdown", "focusin"]) this.node.addEventListener(kind, () => this.desk.activate(this));
    new ResizeObserver(() => { if (this.stuck) this.toEnd(); }).observe(this.chat);
    this.stuck = true;
    fillDrawer(this.find(".drawer"), this, this.desk);
  }

  // ---- what the server told

  apply(told) {
    const { messages, rev, typing, ...facts } = told;
    const stay = this.atEnd();
    this.rev = rev;
    this.facts = facts;
    this.typingUntil = Date.now() + typing * 1000;
    const added = messages.map((message) => this.put(message)).some(Boolean);
    this.header();
    if (added && (stay || messages.some((message) => message.side === "me"))) this.toEnd();
    else if (added) this.find(".new-below").hidden = false;
  }

  /** Show a message; true when it is new. */
  put(message) {
    const known = this.messages.get(message.id);
    if (known && known.rev >= message.rev) return false;
    const before = this.last();
    this.messages.set(message.id, message);
    if (known) this.itemOf(message.id)?.replaceWith(bubble(message, this.facts, this.acts));
    else if (before && before.id > message.id) this.sort();
    else this.append(message, before);
    return !known;
  }

  append(message, before) {
    const time = timeLine(message, before);
    if (time) this.list.append(time);
    this.list.append(bubble(message, this.facts, this.acts));
  }

  /** An own message was shown before an earlier answer came in: lay all out again. */
  sort() {
    const ordered = [...this.messages.values()].sort((a, b) => a.id - b.id);
    this.messages = new Map(ordered.map((message) => [message.id, message]));
    this.list.replaceChildren();
    ordered.forEach((message, index) => this.append(message, ordered[index - 1]));
  }

  itemOf(id) {
    return this.list.querySelector(`[data-id="${id}"]`);
  }

  last() {
    return [...this.messages.values()].pop();
  }

  unread() {
    const seen = memory.seenUpTo(this.id);
    return [...this.messages.values()].filter((m) => m.id > seen && (m.side === "bot" || m.side === "sms")).length;
  }

  read() {
    const last = this.last();
    if (last) memory.markSeen(this.id, last.id);
  }

  header() {
    const typing = Date.now() < this.typingUntil;
    const { offline, slow } = this.facts.switches;
    this.find(".title-sub").textContent = typing ? "对方正在输入…" : `${this.facts.name}的手机`;
    this.find(".title").classList.toggle("typing", typing);
    this.find(".status-net").textContent = offline ? "无服务" : slow ? "2G" : "5G";
    this.find(".status-time").textContent = clock(Date.now() / 1000);
    this.note(offline ? "当前无网络连接，消息会在联网后发送" : "");
    const following = this.facts.subscribed;
    this.find(".follow").hidden = following;
    for (const part of [".composer", ".menu-bar"]) this.find(part).classList.toggle("gone", !following);
    if (!following) this.foldDrawer();
  }

  note(text) {
    const line = this.find(".net-note");
    line.textContent = text;
    line.hidden = !text;
  }

  // ---- what the user does

  async send(body) {
    try {
      const { message } = await api.send(this.id, body);
      if (message) this.apply({ ...this.facts, rev: this.rev, typing: this.typingLeft(), messages: [message] });
      this.desk.hurry();
      return true;
    } catch (error) {
      this.say(error);
      return false;
    }
  }

  async set(values) {
    try {
      await api.setSettings(this.id, values);
    } catch (error) {
      this.say(error);
    }
    this.desk.hurry();
  }

  say(error) {
    toast(api.say(error));
  }

  typingLeft() {
    return Math.max(0, this.typingUntil - Date.now()) / 1000;
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  async submit() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.compose("");
    this.foldDrawer();
    if (!(await this.send({ text })) && !this.input.value) this.compose(text);
  }

  /** What stands in the composer is said aloud; without words it is a recording of nothing. */
  speak() {
    const said = this.input.value.trim().slice(0, 200);
    this.compose("");
    this.send({ type: "voice", seconds: Math.min(60, Math.max(2, Math.round(said.length / 4))), said });
  }

  compose(text) {
    this.input.value = text;
    this.fit();
  }

  suggest(text) {
    this.compose(text);
    this.input.focus();
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 116)}px`;
    this.find(".send").classList.toggle("ready", Boolean(this.input.value.trim()));
  }

  tapped(text, menuId) {
    if (!this.facts.subscribed) toast("请先关注服务号");
    else this.send({ text, menu_id: menuId });
  }

  menuTapped(entry) {
    if (entry.type !== "view") {
      this.send({ type: "click", key: entry.key || entry.name, button: entry.type });
      return;
    }
    this.send({ type: "view", url: entry.url });
    const url = new URL(entry.url, location.href);
    if (this.desk.isOwn(url.host)) this.overlay.open(url.pathname + url.search + url.hash);
    else window.open(url.href, "_blank", "noopener");
  }

  toggleDrawer() {
    const drawer = this.find(".drawer");
    drawer.hidden = !drawer.hidden;
    this.find(".plus").setAttribute("aria-expanded", String(!drawer.hidden));
  }

  foldDrawer() {
    this.find(".drawer").hidden = true;
    this.find(".plus").setAttribute("aria-expanded", "false");
  }

  // ---- scrolling

  atEnd() {
    return this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < NEAR;
  }

  toEnd() {
    this.chat.scrollTop = this.chat.scrollHeight;
    this.find(".new-below").hidden = true;
  }
}
