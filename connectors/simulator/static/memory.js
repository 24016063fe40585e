// What this browser remembers: its phones, which one is in hand, what was read, the size of the letters.

const KEY = "peizhen.simulator";

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept && Array.isArray(kept.phones) ? kept : {};
  } catch {
    return {};
  }
}

const state = { phones: [], active: "", seen: {}, big: false, ...load() };

function save() {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // A full or forbidden storage costs only the memory.
  }
}

export const phoneIds = () => state.phones.slice();
export const activeId = () => state.active;
export const seenUpTo = (id) => state.seen[id] || 0;
export const isBig = () => Boolean(state.big);

export function addPhone(id) {
  state.phones.push(id);
  save();
}

export function forgetPhone(id) {
  state.phones = state.phones.filter((other) => other !== id);
  delete state.seen[id];
  save();
}

export function setActive(id) {
  state.active = id;
  save();
}

export function markSeen(id, message) {
  if (seenUpTo(id) >= message) return;
  state.seen[id] = message;
  save();
}

export function setBig(on) {
  state.big = on;
  save();
}
