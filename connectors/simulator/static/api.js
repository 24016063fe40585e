// The simulator's JSON endpoints.

export class ApiError extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

const WORDS = {
  not_subscribed: "请先关注服务号",
  already_subscribed: "已经关注了",
  bad_text: "这条消息发不出去，请改短一些",
  too_busy: "消息太多了，请稍等一下",
  too_large: "内容太长了",
  no_such_phone: "这部手机已经不在了",
};

export function say(error) {
  return WORDS[error.code] || (error instanceof ApiError ? "操作没有成功" : "网络连接不上，请稍后再试");
}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error || "");
  return body;
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-Sim": "1" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

const phonePath = (id, rest) => `/sim/phones/${encodeURIComponent(id)}/${rest}`;

export const createPhone = (fields) => post("/sim/phones", fields);
export const send = (id, body) => post(phonePath(id, "send"), body);
export const setSettings = (id, body) => post(phonePath(id, "settings"), body);
export const deliveries = async (id) => (await answer(await fetch(phonePath(id, "deliveries")))).deliveries;
export const faults = async () => answer(await fetch("/sim/faults"));
export const breakIt = (body) => post("/sim/faults", body);
export const mend = (body) => post("/sim/faults/clear", body);
export const authenticator = (secret) => post("/sim/authenticator", { secret });
export const guide = async () => answer(await fetch("/sim/guide"));

let lastTag = "";

/** Revisions by phone id → what changed, or null for nothing (304). */
export async function changes(revisions) {
  const phones = Object.entries(revisions).map(([id, rev]) => `${id}:${rev}`).join(",");
  const headers = lastTag ? { "If-None-Match": lastTag } : {};
  const response = await fetch(`/sim/changes?phones=${encodeURIComponent(phones)}`, { headers, cache: "no-store" });
  if (response.status === 304) return null;
  const body = await answer(response);
  lastTag = response.headers.get("ETag") || "";
  return body;
}
