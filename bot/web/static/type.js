// Large type for those who want it; remembered on this phone. Loaded in <head> so that nothing jumps.
(() => {
  "use strict";
  const KEY = "large-type";
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem(KEY) === "1"; } catch { return false; } };
  const keep = (on) => { try { localStorage.setItem(KEY, on ? "1" : "0"); } catch { /* private mode */ } };
  const show = (button) => {
    const on = root.classList.contains("large");
    button.textContent = on ? "标准字" : "大字";
    button.setAttribute("aria-pressed", String(on));
  };
  root.classList.toggle("large", read());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.type");
    if (!button) return;
    show(button);
    button.hidden = false;
    button.addEventListener("click", () => { keep(root.classList.toggle("large")); show(button); });
  });
})();
