// Pictures with a question: made smaller here, sent one after the other, tried again on a bad line. Each has a key of
// its own, so that one whose answer was lost is never there twice. Without this the form is sent as a form.
(() => {
  "use strict";
  const form = document.getElementById("pictures");
  const album = document.querySelector("[data-album]");
  if (!form || !album || !window.fetch || !window.crypto) return;
  const input = album.querySelector("input[type=file]");
  const note = album.querySelector("[data-note]");
  const drop = album.querySelector("[data-drop]");
  const send = album.querySelector("[data-plain]");
  const others = [...document.querySelectorAll("form.fields button")];
  const SIDE = 2000, SMALL = 300000, TRIES = 4, QUALITY = 0.85, PATIENCE = 60000;

  album.hidden = false;
  album.classList.add("ready");
  if (send) send.hidden = true;
  const say = (text) => { note.textContent = text; };
  const pause = (ms) => new Promise((go) => setTimeout(go, ms));
  const key = () => [...crypto.getRandomValues(new Uint8Array(8))].map((n) => n.toString(16).padStart(2, "0")).join("");

  const smaller = async (file) => {
    if (file.size < SMALL || !window.createImageBitmap) return file;
    try {
      const image = await createImageBitmap(file);
      const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
      const paper = document.createElement("canvas");
      paper.width = Math.round(image.width * scale);
      paper.height = Math.round(image.height * scale);
      paper.getContext("2d").drawImage(image, 0, 0, paper.width, paper.height);
      const made = await new Promise((done) => paper.toBlob(done, "image/jpeg", QUALITY));
      return made && made.size < file.size ? made : file;
    } catch {
      return file; // what it is, the server says
    }
  };
  const post = async (url, more) => {
    const body = new FormData();
    body.append("form_token", form.elements.form_token.value);
    more.forEach(([name, value]) => body.append(name, value));
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), PATIENCE);
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { "X-One": "1" }, redirect: "error", signal: giveUp.signal });
      if (answer.status >= 500) throw new Error(String(answer.status));
      return answer.headers.get("Content-Type") === "application/json" ? await answer.json() : { said: "没有收到，请刷新页面再试。" };
    } finally {
      clearTimeout(timer);
    }
  };
  const patiently = async (url, more) => {
    for (let tried = 1; ; tried += 1) {
      try {
        return await post(url, more);
      } catch (error) {
        if (tried === TRIES) throw error;
        say("网络不好，正在再试…");
        await pause(500 * 2 ** tried);
      }
    }
  };
  const shown = (there, most) => {
    say(there ? `已附 ${there} 张（最多 ${most} 张），医生会一起看。` : "");
    if (drop) drop.hidden = !there;
  };

  input.addEventListener("change", async () => {
    const files = [...input.files];
    const wrong = [];
    let last = null;
    others.forEach((button) => { button.disabled = true; });
    for (const [n, file] of files.entries()) {
      say(`正在上传第 ${n + 1} 张，共 ${files.length} 张…`);
      try {
        const answer = await patiently(form.action, [["once", key()], ["picture", await smaller(file)]]);
        if (answer.said) wrong.push(`第 ${n + 1} 张：${answer.said}`); else last = answer;
      } catch {
        wrong.push(`第 ${n + 1} 张没有传上，网络好一点再选一次。`);
      }
    }
    if (last) shown(last.there, last.most);
    if (wrong.length) say([last ? note.textContent : "", ...wrong].filter(Boolean).join(" "));
    input.value = "";
    others.forEach((button) => { button.disabled = false; });
  });
  drop?.addEventListener("click", async () => {
    try {
      const answer = await patiently(drop.dataset.drop, []);
      if (answer.said) say(answer.said); else shown(answer.there, answer.most);
    } catch {
      say("网络不好，没有去掉，请再点一次。");
    }
  });
  if (album.dataset.there) shown(Number(album.dataset.there), Number(album.dataset.most));
})();
