// H5 pages inside a phone. The browser has one H5 session, so only one page is open at a time.

import { make } from "./dom.js";

let openOne = null;

export class Overlay {
  constructor(root, phoneId) {
    this.root = root;
    this.phoneId = phoneId;
    this.frame = null;
    this.loads = 0;
    root.querySelector(".overlay-close").onclick = () => this.close();
    root.querySelector(".overlay-back").onclick = () => this.back();
    root.querySelector(".overlay-reload").onclick = () => this.frame?.contentWindow.location.reload();
    root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  open(path) {
    openOne?.close();
    openOne = this;
    this.loads = 0;
    this.title("正在打开…");
    const query = new URLSearchParams({ phone: this.phoneId, url: path });
    this.frame = make("iframe.overlay-frame", { title: "网页" });
    this.frame.addEventListener("load", () => this.loaded());
    this.frame.src = `/sim/open?${query}`;
    this.root.querySelector(".overlay-page").replaceChildren(this.frame);
    this.root.hidden = false;
    this.root.querySelector(".overlay-close").focus({ preventScroll: true });
  }

  close() {
    this.root.hidden = true;
    this.root.querySelector(".overlay-page").replaceChildren();
    this.frame = null;
    if (openOne === this) openOne = null;
  }

  /** One page back; from the first page back to the chat. */
  back() {
    if (this.loads <= 1) {
      this.close();
      return;
    }
    this.loads -= 2; // going back loads once more
    this.frame.contentWindow.history.back();
  }

  loaded() {
    this.loads += 1;
    try {
      const { contentDocument: page, contentWindow: view } = this.frame;
      this.title(page.title || "网页");
      this.lendBridge(page, view);
    } catch {
      this.title("网页");
    }
  }

  /** What WeChat's browser offers to pages: enough to close the page, and to pay. */
  lendBridge(page, view) {
    const call = (name, facts, told) => {
      if (name === "closeWindow") this.close();
      if (name === "getBrandWCPayRequest") this.pay(facts, told);
    };
    view.WeixinJSBridge = { call, invoke: call };
    page.dispatchEvent(new view.Event("WeixinJSBridgeReady"));
  }

  /** The cashier over the page; it says how it ended, and goes. */
  pay(facts, told) {
    const cashier = make("iframe.overlay-cashier", { title: "收银台" });
    cashier.src = `/sim/pay/cashier?${new URLSearchParams({ package: String(facts.package) })}`;
    const heard = (event) => {
      if (event.source !== cashier.contentWindow || event.origin !== location.origin) return;
      removeEventListener("message", heard);
      cashier.remove();
      told?.({ err_msg: `get_brand_wcpay_request:${event.data.pay}` });
    };
    addEventListener("message", heard);
    this.root.querySelector(".overlay-page").append(cashier);
  }

  title(text) {
    this.root.querySelector(".overlay-title").textContent = text;
  }
}
