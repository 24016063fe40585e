// Keeps `[data-live=<url>]` fresh: asks every `data-every` seconds with the last ETag, changes nothing on 304,
// and stops where the server says that nothing will change any more.
(() => {
  "use strict";
  const box = document.querySelector("[data-live]");
  if (!box) return;
  const state = document.querySelector("[data-live-state]");
  const every = Number(box.dataset.every || 5) * 1000;
  let etag = `"${box.dataset.tag}"`;
  let misses = 0;
  let timer = 0;
  let ended = false;

  const say = (text) => { if (state) state.textContent = text; };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, Math.min(every * 2 ** misses, 60000));
  };
  const swap = (html) => {
    const focused = document.activeElement?.id;
    box.innerHTML = html; // our own escaped template; the policy forbids scripts in it
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    box.classList.remove("fresh");
    requestAnimationFrame(() => box.classList.add("fresh"));
    box.dispatchEvent(new CustomEvent("live", { bubbles: true }));
  };
  const over = () => {
    ended = true;
    document.querySelectorAll("[data-live-form]").forEach((form) => { form.disabled = true; });
  };
  const ask = async () => {
    if (document.hidden) return later();
    try {
      const headers = { "X-Live": "1", "If-None-Match": etag };
      const answer = await fetch(box.dataset.live, { headers, cache: "no-store", redirect: "error" });
      if (answer.status === 401 || answer.status === 403) return say("登录已过期，请刷新页面重新登录。");
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") || "";
        swap(await answer.text());
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      misses = 0;
      say("");
      if (answer.headers.get("X-Live-Last")) return over();
    } catch {
      misses += 1;
      say("连不上，正在重试…");
    }
    later();
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !ended) { clearTimeout(timer); ask(); } });
  later();
})();
