// A sheet that slides up inside a phone: settings, scanning, switching phones.

import { button, icon, make } from "./dom.js";

export class Sheet {
  constructor(back) {
    this.back = back;
    this.panel = back.querySelector(".sheet");
    this.returnTo = null;
    back.addEventListener("click", (event) => { if (event.target === back) this.close(); });
    back.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  open(title, ...content) {
    this.returnTo = document.activeElement;
    const shut = button("icon-button", icon("close"), () => this.close(), { "aria-label": "关闭" });
    const head = make("div.sheet-head", {}, make("strong", {}, title), shut);
    this.panel.setAttribute("aria-label", title);
    this.panel.replaceChildren(head, make("div.sheet-body", {}, ...content));
    this.back.hidden = false;
    this.panel.focus({ preventScroll: true });
  }

  close() {
    this.back.hidden = true;
    this.panel.replaceChildren();
    this.returnTo?.focus?.({ preventScroll: true });
  }
}

/** A row with a switch; change(on) is called after a tap. */
export function toggle(label, words, on, change) {
  const box = make("input.switch", { type: "checkbox", role: "switch", checked: on });
  box.onchange = () => change(box.checked);
  const text = make("span.toggle-text", {}, make("span", {}, label), words ? make("small", {}, words) : null);
  return make("label.toggle", {}, text, box);
}
