// Words of an entry stay on this machine while they are written, with the version they were written on.
(() => {
  "use strict";
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const me = document.body.dataset.me || "";
  const slot = `draft:${me}:${form.dataset.keep}`;
  const fields = ["question", "answer"].map((name) => form.elements[name]);
  const version = form.elements.version;
  const note = form.querySelector("[data-kept]");
  const state = form.querySelector("[data-kept-state]");
  const safely = (work) => { try { return work(); } catch { return null; } };
  const read = () => safely(() => JSON.parse(localStorage.getItem(slot)));
  const forget = () => safely(() => localStorage.removeItem(slot));
  if (new URLSearchParams(location.search).has("saved")) {
    forget();
    history.replaceState(null, "", location.pathname);
  }
  const kept = read();
  const asShown = fields.map((field) => field.value);
  if (kept && kept.words.some((text, n) => text !== asShown[n])) {
    fields.forEach((field, n) => { field.value = kept.words[n]; });
    const older = version && kept.version !== form.dataset.keepVersion;
    // saved on the version it was written on: the server shows the colleague's change beside it
    if (older) version.value = kept.version;
    note.hidden = false;
    note.textContent = older
      ? "已恢复您没存的内容。这期间有人改过，保存时会并排给您看。"
      : "已恢复您上次没存的内容。";
  }
  form.addEventListener("input", () => {
    const draft = { version: version ? version.value : "0", words: fields.map((field) => field.value) };
    const done = safely(() => { localStorage.setItem(slot, JSON.stringify(draft)); return true; });
    if (state) state.textContent = done ? "草稿已存在本机" : "";
  });
  if (!version) form.addEventListener("submit", () => safely(() => sessionStorage.setItem("faq-sent", slot)));
  const sent = safely(() => sessionStorage.getItem("faq-sent"));
  if (sent && sent !== slot && document.querySelector("[data-said]")) {
    safely(() => { localStorage.removeItem(sent); sessionStorage.removeItem("faq-sent"); });
  }
})();
