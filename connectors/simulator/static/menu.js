// The account's menu at the bottom of a chat: three buttons, up to five below each.

import { icon, make } from "./dom.js";

export class Menu {
  /** choose(button) is called with the leaf that was tapped. */
  constructor(bar, choose) {
    this.bar = bar;
    this.choose = choose;
    this.shown = "";
    bar.addEventListener("keydown", (event) => { if (event.key === "Escape") this.fold(); });
    document.addEventListener("click", (event) => { if (!bar.contains(event.target)) this.fold(); });
  }

  show(buttons) {
    const told = JSON.stringify(buttons);
    if (told === this.shown) return;
    this.shown = told;
    this.bar.hidden = !buttons.length;
    this.bar.replaceChildren(...buttons.map((entry) => this.top(entry)));
  }

  top(entry) {
    const below = entry.sub_button || [];
    const head = make("button.menu-top", { type: "button" }, below.length ? icon("list") : null, make("span", {}, entry.name));
    if (!below.length) {
      head.onclick = () => { this.fold(); this.choose(entry); };
      return make("div.menu-cell", {}, head);
    }
    const list = make("div.menu-list", { hidden: true }, ...below.map((leaf) => this.leaf(leaf)));
    head.setAttribute("aria-expanded", "false");
    head.onclick = () => this.toggle(head, list);
    return make("div.menu-cell", {}, list, head);
  }

  leaf(entry) {
    const onclick = () => { this.fold(); this.choose(entry); };
    return make("button.menu-leaf", { type: "button", onclick }, entry.name);
  }

  toggle(head, list) {
    const opening = list.hidden;
    this.fold();
    list.hidden = !opening;
    head.setAttribute("aria-expanded", String(opening));
  }

  fold() {
    for (const list of this.bar.querySelectorAll(".menu-list")) list.hidden = true;
    for (const head of this.bar.querySelectorAll("[aria-expanded]")) head.setAttribute("aria-expanded", "false");
  }
}
