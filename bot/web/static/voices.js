// Patients' voices: one at a time, by a tap or by v; what cannot be played says so. Without it the players still play.
(() => {
  "use strict";
  const voices = [...document.querySelectorAll("audio[data-voice]")];
  const note = (voice) => voice.parentElement.querySelector("[data-silent]");
  const started = (voice) => {
    note(voice).hidden = true;
    voices.forEach((other) => { if (other !== voice) other.pause(); });
  };
  const failed = (voice) => {
    note(voice).hidden = false;
    voice.load(); // asks for nothing now: the next press does
  };
  voices.forEach((voice) => {
    voice.addEventListener("play", () => started(voice));
    voice.addEventListener("error", () => failed(voice));
  });

  const press = () => {
    const going = voices.find((voice) => !voice.paused);
    const next = voices.find((voice) => voice.currentTime > 0 && !voice.ended) || voices.find((voice) => !voice.ended);
    if (going) going.pause();
    else (next || voices[0]).play().catch(() => {}); // its own error says why
  };
  const typing = (target) => target.closest("input, textarea, select, dialog") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "v") press();
  });
})();
