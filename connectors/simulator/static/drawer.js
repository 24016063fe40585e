// What the plus button opens: pictures, a place, a QR code, and what an account cannot always read.

import { icon, make } from "./dom.js";
import { wordsOf } from "./words.js";

function tile(name, label, onclick) {
  return make("button.tile", { type: "button", onclick }, make("span.tile-icon", {}, icon(name)), make("span", {}, label));
}

export function fillDrawer(drawer, phone, desk) {
  const act = (body) => () => { phone.foldDrawer(); phone.send(body); };
  const share = () => act({ type: "location", ...(desk.guide.place || {}) })();
  drawer.replaceChildren(
    ...desk.pictures.map((picture) => tile("image", picture.label, act({ type: "image", sample: picture.name }))),
    tile("place", "位置", share),
    tile("scan", "扫一扫", () => { phone.foldDrawer(); openScan(phone, desk); }),
    tile("play", "视频", act({ type: "video" })),
    tile("file", "文件", act({ type: "file" })),
    tile("link", "链接", act({ type: "link" })),
    tile("smile", "表情", act({ type: "sticker" })),
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
  const words = make("p.sheet-words", {}, wordsOf(desk.guide).scan_note);
  phone.sheet.open("扫一扫", words, known.length ? make("div.group", {}, ...known) : null, form);
}
