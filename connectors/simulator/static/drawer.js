// What the plus button opens: pictures, a place, a QR code.

import { icon, make } from "./dom.js";

function tile(name, label, onclick) {
  return make("button.tile", { type: "button", onclick }, make("span.tile-icon", {}, icon(name)), make("span", {}, label));
}

export function fillDrawer(drawer, phone, desk) {
  const act = (body) => () => { phone.foldDrawer(); phone.send(body); };
  const share = () => act({ type: "location", ...(desk.guide.place || {}) })();
  drawer.replaceChildren(
    tile("image", "报告单照片", act({ type: "image", sample: "report" })),
    tile("image", "处方照片", act({ type: "image", sample: "prescription" })),
    tile("place", "位置", share),
    tile("scan", "扫一扫", () => { phone.foldDrawer(); openScan(phone, desk); }),
  );
}

function openScan(phone, desk) {
  const scan = (scene) => { phone.sheet.close(); phone.send({ type: "scan", scene }); };
  const known = (desk.guide.scenes || []).map((entry) =>
    make("button.row-button", { type: "button", onclick: () => scan(entry.scene) }, entry.label));
  const input = make("input.field.wide-field", { maxLength: 64, placeholder: "二维码的参数", "aria-label": "二维码的参数" });
  const form = make("form.scan-form", {}, input, make("button.button", { type: "submit" }, "扫描"));
  form.onsubmit = (event) => {
    event.preventDefault();
    if (input.value.trim()) scan(input.value.trim());
  };
  const words = make("p.sheet-words", {}, "服务号的二维码可以带一个参数，例如院内的科室牌。");
  phone.sheet.open("扫一扫", words, known.length ? make("div.group", {}, ...known) : null, form);
}
