// The desk: time that is left, counted as the hospital works; title, sound, keys, phrases. Works without it, too.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const live = one("[data-live]");
  const safely = (work) => { try { return work(); } catch { return null; } };

  // time that is left: working time until the deadline, wall time after it
  const drift = Date.parse(document.body.dataset.now || "") - Date.now() || 0;
  const hours = safely(() => JSON.parse(live.dataset.hours)) || {};
  const left = (now, due, { due: place, wall }) => {
    const spans = hours[place] || hours[""] || [];
    if (due <= now || wall !== undefined || !spans.length) return due - now;
    return spans.reduce((sum, [from, until]) =>
      sum + Math.max(0, Math.min(Date.parse(until), due) - Math.max(Date.parse(from), now)), 0);
  };
  const long = (ms) => {
    const minutes = Math.floor(Math.abs(ms) / 60000);
    const [days, rest] = [Math.floor(minutes / 1440), minutes % 1440];
    if (days) return `${days}天${rest >= 60 ? `${Math.floor(rest / 60)}小时` : ""}`;
    if (minutes < 60) return `${minutes}分`;
    return `${Math.floor(minutes / 60)}小时${minutes % 60 ? `${minutes % 60}分` : ""}`;
  };
  const SOON = 3600000;
  const count = () => all("time[data-due]").forEach((time) => {
    time.title ||= time.textContent;
    const rest = left(Date.now() + drift, Date.parse(time.dateTime), time.dataset);
    time.textContent = rest > 0 ? `还剩 ${long(rest)}` : `超时 ${long(rest)}`;
    time.classList.toggle("late", rest <= 0);
    time.classList.toggle("soon", rest > 0 && rest < SOON);
  });
  count();
  setInterval(count, 20000);
  document.addEventListener("live", count);

  // how many wait stands in the title; a new one rings where he wants that
  const title = document.title;
  const bell = one("[data-sound]");
  const rings = () => safely(() => localStorage.getItem("desk:sound")) === "on";
  const ring = (urgent) => safely(() => {
    const sound = new AudioContext();
    const [tone, volume] = [sound.createOscillator(), sound.createGain()];
    tone.frequency.value = urgent ? 988 : 660;
    volume.gain.setValueAtTime(0.15, sound.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + (urgent ? 1.2 : 0.5));
    tone.connect(volume).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 1.3);
    tone.onended = () => sound.close();
    bell.dataset.rang = String(Number(bell.dataset.rang || 0) + 1);
  });
  const state = () => {
    const tabs = one("[data-waiting]");
    const talks = Number(one("[data-talks]")?.dataset.talks || 0); // appointed ones that call for somebody
    return tabs ? [Number(tabs.dataset.waiting) + talks, Number(tabs.dataset.flagged) + talks] : null;
  };
  let known = state();
  const tell = () => {
    const now = state();
    if (!now) return;
    document.title = now[0] ? `(${now[0]}) ${title}` : title;
    if (bell && rings() && (now[0] > known[0] || now[1] > known[1])) ring(now[1] > known[1]);
    known = now;
  };
  tell();
  document.addEventListener("live", tell);
  const show = () => {
    bell.setAttribute("aria-pressed", String(rings()));
    one("span", bell).textContent = rings() ? "开" : "关";
  };
  if (bell) {
    bell.hidden = false;
    show();
    bell.addEventListener("click", () => {
      safely(() => localStorage.setItem("desk:sound", rings() ? "off" : "on"));
      show();
      if (rings()) ring(false);
    });
  }

  // phrases: a tap, Alt and a number, or the short word and Tab
  const box = one("textarea[data-draft]");
  const phrases = all("[data-phrase]");
  const insert = (text, from = box.selectionStart) => {
    box.focus();
    box.setRangeText(text, from, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  phrases.forEach((button) => {
    button.hidden = !box;
    button.addEventListener("click", () => insert(button.dataset.phrase));
  });
  box?.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.shiftKey || event.isComposing) return;
    const before = box.value.slice(0, box.selectionStart);
    const hit = phrases.filter((button) => before.endsWith(button.dataset.code))
      .sort((a, b) => b.dataset.code.length - a.dataset.code.length)[0];
    if (!hit) return;
    event.preventDefault();
    insert(hit.dataset.phrase, before.length - hit.dataset.code.length);
  });

  // keys beside those of every page
  const help = one("[data-help]");
  help?.addEventListener("keydown", (event) => event.stopPropagation()); // Escape closes it, and no more
  const typing = (target) => target.closest("input, textarea, select, dialog") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.altKey && /^Digit[1-9]$/.test(event.code) && box) {
      event.preventDefault();
      phrases[Number(event.code.slice(5)) - 1]?.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") help?.showModal();
    else if (event.key === "n") one("[data-key=page-on]")?.click();
    else if (event.key === "p") one("[data-key=page-back]")?.click();
    else if (event.key === "e") {
      event.preventDefault();
      if (box) box.focus(); else one("[data-key=claim]")?.click();
    }
  });
})();
