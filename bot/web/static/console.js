// The console's small helpers: relative ages, keys, drafts, no double sending. Every page works without them.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  const sent = new URLSearchParams(location.search).get("sent"); // before the address is another one
  // a page that answers a form takes the address it can be reloaded under: back and refresh never ask to send again
  if (document.body.dataset.again) history.replaceState(null, "", document.body.dataset.again);

  // ages: the hospital's clock may differ from this machine's, so the page says what time it was there
  const drift = Date.parse(document.body.dataset.now || "") - Date.now() || 0;
  const age = (seconds) => {
    if (seconds < 60) return "刚刚";
    if (seconds < 3600) return `${Math.floor(seconds / 60)} 分钟前`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} 小时前`;
    return `${Math.floor(seconds / 86400)} 天前`;
  };
  const ages = () => all("time[data-age]").forEach((time) => {
    time.title ||= time.textContent;
    time.textContent = age((Date.now() + drift - Date.parse(time.dateTime)) / 1000);
  });
  ages();
  setInterval(ages, 20000);
  document.addEventListener("live", ages);

  // keys
  const rows = () => all("[data-row]");
  const move = (step) => {
    const list = rows();
    const at = list.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1);
    list[next]?.focus();
    list[next]?.scrollIntoView({ block: "nearest" });
  };
  const press = (key) => one(`[data-key="${key}"]`)?.click();
  const typing = (target) => target.closest("input, textarea, select") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and letters belong to the input method
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = event.target.closest("form") || one("form[data-main]");
      if (form?.matches("[data-main]")) { event.preventDefault(); form.requestSubmit(one("[data-send]", form)); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (typing(event.target)) event.target.blur(); else press("back");
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "c") press("claim");
    else if (event.key === "r") press("release");
    else if (event.key === "/") { event.preventDefault(); one("[data-focus], input[type=search]")?.focus(); }
  });

  // drafts stay on this machine, under this member's id, until sent or signed out
  const me = document.body.dataset.me || "";
  const slot = (ref) => `draft:${me}:${ref}`;
  const safely = (work) => { try { return work(); } catch { return null; } };
  const forget = (prefix) => safely(() =>
    Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => localStorage.removeItem(key)));
  if (sent && me && one("[data-said]")) safely(() => localStorage.removeItem(slot(sent)));
  const box = one("textarea[data-draft]");
  if (box) {
    const note = one("[data-draft-state]");
    const kept = safely(() => localStorage.getItem(slot(box.dataset.draft)));
    if (kept && !box.value) { box.value = kept; if (note) note.textContent = "已恢复上次没发的草稿"; }
    box.addEventListener("input", () => {
      const done = safely(() => { localStorage.setItem(slot(box.dataset.draft), box.value); return true; });
      if (note) note.textContent = done ? "草稿已存在本机" : "";
    });
  }
  one("form[data-signout]")?.addEventListener("submit", () => forget("draft:"));

  // take an earlier answer over into the textarea
  all("[data-use]").forEach((button) => {
    button.hidden = !box;
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset.use).textContent.trim();
      box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input"));
      box.focus();
    });
  });

  // after a wrong password only the password is typed again; the server repeats nothing of what was sent
  const door = one("form.door");
  if (me) safely(() => sessionStorage.removeItem("username"));
  if (door) {
    const name = one("#username");
    const typed = one(".trouble") && safely(() => sessionStorage.getItem("username"));
    if (typed) { name.value = typed; one("#password").focus(); }
    door.addEventListener("submit", () => safely(() => sessionStorage.setItem("username", name.value)));
  }

  // lengths while writing, and only the fields that the chosen way has
  const way = one("[data-way]");
  const field = (name) => document.getElementById(name);
  const counts = () => all("[data-count]").forEach((note) => {
    const box = field(note.dataset.count);
    const longest = box.dataset.longest ? JSON.parse(box.dataset.longest)[way.value] : box.maxLength;
    const length = [...box.value.trim()].length;
    note.textContent = `${length} / ${longest}`;
    box.setCustomValidity(length > longest ? `最多 ${longest} 个字` : "");
  });
  const fields = () => all("[data-for]").forEach((part) => {
    part.hidden = !part.dataset.for.split(" ").includes(way.value);
  });
  if (way) {
    counts();
    fields();
    document.addEventListener("input", counts);
    way.addEventListener("change", () => { fields(); counts(); });
  }

  // one click, one sending; coming back by the back button frees the button again
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.submitter?.dataset.download !== undefined) return; // the page stays
    if (form.dataset.gone) { event.preventDefault(); return; }
    form.dataset.gone = "1";
  });
  addEventListener("pageshow", () => all("form[data-gone]").forEach((form) => delete form.dataset.gone));
})();
