// Drafts on the server: saved while he types, upon the version they were read in; two tabs never overwrite silently.
// console.js keeps a copy on this machine until the server has it, so that an ended session or a broken line lose nothing.
(() => {
  "use strict";
  const box = document.querySelector("textarea[data-keep]");
  if (!box) return;
  const part = (name) => document.querySelector(`[data-draft-${name}]`);
  const [note, other, words] = [part("state"), part("other"), part("words")];
  const csrf = box.form.querySelector("[name=csrf_token]").value;
  const slot = `draft:${document.body.dataset.me || ""}:${box.dataset.draft}`;
  const safely = (work) => { try { return work(); } catch { return null; } };
  const PAUSE = 800; // ms without a key
  let version = Number(box.dataset.version);
  let saved = box.defaultValue;
  let timer = 0;
  let stopped = false; // another tab has saved something else, and he has not chosen yet
  let going = false;

  const say = (text) => { if (note) note.textContent = text; };
  const kept = (answer) => {
    version = answer.version;
    say(answer.at ? `草稿已保存 ${answer.at}` : "");
    if (box.value === saved) safely(() => localStorage.removeItem(slot));
  };
  const ask = (theirs) => {
    stopped = true;
    words.textContent = `另一个窗口在 ${theirs.at} 存了别的内容：${theirs.text}`;
    other.hidden = false;
    part("theirs").onclick = () => choose(theirs, theirs.text);
    part("ours").onclick = () => choose(theirs, box.value);
  };
  const choose = (theirs, text) => {
    stopped = false;
    other.hidden = true;
    version = theirs.version;
    saved = theirs.text;
    box.value = text;
    box.focus();
    save();
  };
  const save = async (options = {}) => {
    if (stopped || going || box.value === saved) return;
    going = true;
    const text = box.value;
    try {
      const body = new URLSearchParams({ csrf_token: csrf, text, version: String(version) });
      const headers = { Accept: "application/json" };
      const answer = await fetch(box.dataset.keep, { method: "POST", body, headers, redirect: "error", ...options });
      if (answer.ok) { saved = text; kept(await answer.json()); }
      else if (answer.status === 409) ask(await answer.json());
      else if (answer.status === 401 || answer.status === 403) say("登录已过期，写的内容存在本机，重新登录后还在。");
      else throw new Error(String(answer.status));
    } catch {
      say("暂时存不上，写的内容存在本机，连上就存。");
      timer = setTimeout(save, 10000);
    } finally { going = false; }
    if (!stopped && box.value !== text) later();
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(save, PAUSE); };

  // a copy on this machine that the server never got is newer than what the server has
  const copy = safely(() => localStorage.getItem(slot));
  if (copy && copy !== saved) { box.value = copy; say("已恢复上次没来得及保存的内容"); later(); }
  box.addEventListener("input", later);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save({ keepalive: true }); });
  box.form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
})();
