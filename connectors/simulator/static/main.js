// The desk: all phones of this browser, the guide, and one poller for everything.

import * as api from "./api.js";
import { keepTime } from "./bubbles.js";
import { button, isNarrow, make, toast } from "./dom.js";
import { fillGuide } from "./guide.js";
import * as memory from "./memory.js";
import { Phone } from "./phone.js";
import { peopleOf } from "./words.js";

const FAST = 700; // milliseconds between looks while something is going on
const CALM = 2500;
const HIDDEN = 15000;
const BUSY_FOR = 25000; // three attempts and their answers
const SLOWEST = 12000;
const MOST = 8;

class Desk {
  constructor() {
    this.phones = new Map();
    this.guide = {};
    this.hosts = [];
    this.subscriptions = [];
    this.pictures = [];
    this.active = null;
    this.buttons = [];
    this.busyUntil = 0;
    this.failures = 0;
    this.timer = 0;
    this.looking = false;
    this.shelf = document.querySelector(".phones");
    this.tabs = document.querySelector(".tabs");
  }

  async start() {
    document.querySelector(".guide-close").onclick = () => this.showGuide(false);
    document.querySelector(".add-phone").onclick = () => this.openAdd(this.active);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.hurry(); });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.showGuide(false); });
    this.setBig(memory.isBig());
    await this.loadGuide();
    for (const id of memory.phoneIds()) this.place(new Phone(id, this));
    if (!this.phones.size) await this.addPerson(peopleOf(this.guide)[0] || {});
    this.activate(this.phones.get(memory.activeId()) || this.first());
    this.hurry();
  }

  async loadGuide() {
    try {
      const told = await api.guide();
      [this.guide, this.hosts] = [told.guide, told.hosts];
      [this.subscriptions, this.pictures] = [told.subscriptions, told.pictures];
      keepTime(this.guide.now);
    } catch (error) {
      toast(api.say(error));
    }
    this.fillGuide();
  }

  fillGuide() {
    fillGuide(document.querySelector(".guide-body"), this.guide, this);
  }

  first() {
    return this.phones.values().next().value || null;
  }

  isOwn(host) {
    return host === location.host || this.hosts.includes(host);
  }

  // ---- phones

  place(phone) {
    this.phones.set(phone.id, phone);
    this.shelf.append(phone.node);
    phone.menu.show(this.buttons);
  }

  async addPerson(person) {
    if (this.phones.size >= MOST) {
      toast(`最多同时 ${MOST} 部手机`);
      return;
    }
    try {
      const made = await api.createPhone({ name: person.name || "新用户", number: person.phone || "" });
      memory.addPhone(made.id);
      const phone = new Phone(made.id, this);
      phone.facts = made;
      this.place(phone);
      this.activate(phone);
      this.showGuide(false);
      phone.node.scrollIntoView({ behavior: "smooth", block: "nearest", inline: "nearest" });
      this.hurry();
    } catch (error) {
      toast(api.say(error));
    }
  }

  remove(phone) {
    phone.overlay.close();
    phone.node.remove();
    this.phones.delete(phone.id);
    memory.forgetPhone(phone.id);
    if (!this.phones.size) this.addPerson(peopleOf(this.guide)[0] || {});
    else if (this.active === phone) this.activate(this.first());
    this.refresh();
  }

  activate(phone) {
    if (!phone || (this.active === phone && phone.node.classList.contains("active"))) return;
    if (isNarrow() && this.active !== phone) this.active?.overlay.close();
    this.active = phone;
    memory.setActive(phone.id);
    for (const other of this.phones.values()) other.node.classList.toggle("active", other === phone);
    if (isNarrow()) phone.toEnd();
    this.refresh();
  }

  suggest(text) {
    this.showGuide(false);
    this.active?.overlay.close();
    this.active?.sheet.close();
    this.active?.suggest(text);
  }

  openSwitcher(phone) {
    const rows = [...this.phones.values()].map((other) => this.switchRow(other, phone));
    phone.sheet.open("切换手机", make("div.group", {}, ...rows), make("div.group", {}, button("row-button", "＋ 添加手机", () => this.openAdd(phone))));
  }

  switchRow(other, phone) {
    const badge = other.unread() && other !== this.active ? make("span.badge", {}, String(other.unread())) : null;
    const words = make("small", {}, (other.last()?.text || "").replace(/\s+/g, " ").slice(0, 24));
    const text = make("span.toggle-text", {}, make("span", {}, `${other.facts.name}的手机`), words);
    const onclick = () => { phone.sheet.close(); this.activate(other); };
    return make("button.row-button.split", { type: "button", onclick }, text, badge);
  }

  openAdd(phone) {
    if (!phone) return;
    const used = new Set([...this.phones.values()].map((other) => other.facts.number));
    const add = (person) => { phone.sheet.close(); this.addPerson(person); };
    const known = peopleOf(this.guide).filter((person) => !used.has(person.phone));
    const rows = known.map((person) => make("button.row-button.split", { type: "button", onclick: () => add(person) },
      make("span.toggle-text", {}, make("span", {}, person.name), make("small", {}, person.phone))));
    phone.sheet.open("添加手机", make("p.sheet-words", {}, "每部手机是一位新的微信用户，从关注服务号开始。"),
      rows.length ? make("div.group", {}, ...rows) : null,
      make("div.group", {}, button("row-button", "新用户（没有资料）", () => add({}))));
  }

  // ---- page

  showGuide(on) {
    document.body.classList.toggle("guide-open", on);
    if (on && isNarrow()) document.querySelector(".guide-close").focus();
  }

  setBig(on) {
    memory.setBig(on);
    document.documentElement.classList.toggle("big", on);
    for (const box of document.querySelectorAll(".guide .switch")) box.checked = on;
  }

  refresh() {
    if (this.active && !document.hidden) this.active.read();
    const counts = [...this.phones.values()].map((phone) => (phone === this.active && !document.hidden ? 0 : phone.unread()));
    const total = counts.reduce((sum, count) => sum + count, 0);
    document.title = `${total ? `(${total}) ` : ""}${document.querySelector(".desk-title h1").textContent} · 微信模拟器`;
    this.tabs.replaceChildren(...[...this.phones.values()].map((phone, index) => this.tab(phone, counts[index])));
    for (const phone of this.phones.values()) {
      const badge = phone.find(".badge.others");
      const mine = counts[[...this.phones.keys()].indexOf(phone.id)];
      badge.textContent = String(isNarrow() ? total - mine : mine);
      badge.hidden = badge.textContent === "0";
    }
  }

  tab(phone, count) {
    const onclick = () => {
      this.activate(phone);
      phone.node.scrollIntoView({ behavior: "smooth", block: "nearest", inline: "nearest" });
    };
    const badge = count ? make("span.badge", {}, String(count)) : null;
    const current = phone === this.active ? "true" : undefined;
    return make("button.tab", { type: "button", onclick, "aria-current": current }, phone.facts.name || "…", badge);
  }

  // ---- news from the server

  /** Look now, and often for a while. */
  hurry() {
    this.busyUntil = Date.now() + BUSY_FOR;
    this.schedule(0);
  }

  schedule(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), wait);
  }

  async look() {
    if (this.looking) {
      this.schedule(FAST);
      return;
    }
    this.looking = true;
    try {
      const asked = Object.fromEntries([...this.phones.values()].map((phone) => [phone.id, phone.rev]));
      const told = await api.changes(asked);
      this.failures = 0;
      if (told) this.take(told, asked);
    } catch {
      this.failures += 1;
    }
    this.looking = false;
    this.headers();
    this.schedule(this.pause());
  }

  /** `asked` are the phones that the answer must name; the server has forgotten the others (its state was reset). */
  take(told, asked) {
    for (const facts of told.phones) this.phones.get(facts.id)?.apply(facts);
    this.buttons = told.menu;
    for (const phone of this.phones.values()) phone.menu.show(told.menu);
    const known = new Set(told.phones.map((phone) => phone.id));
    for (const id of Object.keys(asked)) if (!known.has(id) && this.phones.has(id)) this.remove(this.phones.get(id));
    this.refresh();
  }

  headers() {
    for (const phone of this.phones.values()) {
      phone.header();
      if (this.failures > 1) phone.note("连不上模拟器，正在重试…");
    }
  }

  pause() {
    if (this.failures) return Math.min(FAST * 2 ** this.failures, SLOWEST);
    if (document.hidden) return HIDDEN;
    return Date.now() < this.busyUntil ? FAST : CALM;
  }
}

const desk = new Desk();
desk.start();
