// Parts of a text → lines. A line with a quick reply becomes something to tap.

import { make } from "./dom.js";

/** acts: { reply(content, id), page(path) } */
export function lines(parts, acts) {
  return splitLines(parts).map((line) => lineNode(line, acts));
}

function splitLines(parts) {
  const found = [[]];
  for (const part of parts) {
    if (part.t !== "text") {
      found[found.length - 1].push(part);
      continue;
    }
    part.text.split("\n").forEach((text, index) => {
      if (index > 0) found.push([]);
      if (text) found[found.length - 1].push({ t: "text", text });
    });
  }
  return found;
}

function lineNode(line, acts) {
  const replies = line.filter((part) => part.t === "reply");
  const before = line.filter((part) => part.t === "text").map((part) => part.text).join("").trim();
  if (replies.length === 1 && line.length <= 2 && /^(\d{1,2}\s*[.、．)）]?|[①-⑳·•▸-])?$/.test(before)) {
    return choice(before, replies[0], acts);
  }
  if (!line.length) return make("div.line.blank");
  return make("div.line", {}, ...line.map((part) => partNode(part, acts)));
}

function choice(before, part, acts) {
  const onclick = () => acts.reply(part.content, part.id);
  const mark = before ? make("span.choice-mark", {}, `${before} `) : null;
  return make("button.choice", { type: "button", onclick }, mark, make("span.choice-label", {}, part.text));
}

function partNode(part, acts) {
  switch (part.t) {
    case "reply":
      return inline(part.text, "#", () => acts.reply(part.content, part.id));
    case "page":
      return inline(part.text, part.path, () => acts.page(part.path));
    case "link":
      return make("a.link", { href: part.url, target: "_blank", rel: "noopener noreferrer" }, part.text);
    case "call":
      return make("a.link", { href: `tel:${part.number}` }, part.text);
    default:
      return document.createTextNode(part.text);
  }
}

/** A link inside a sentence: unlike a button it wraps with the words around it. */
function inline(text, href, act) {
  const onclick = (event) => { event.preventDefault(); act(); };
  return make("a.link", { href, onclick }, text);
}
