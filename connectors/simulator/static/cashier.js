// The cashier: pays, and tells the page that opened it how it ended.

const tell = (result) => parent.postMessage({ pay: result }, location.origin);
const [ask, done] = ["ask", "done"].map((name) => document.querySelector(`main.${name}`));
const button = ask.querySelector(".pay");
let result = "cancel";

async function pay() {
  button.disabled = true;
  result = "fail";
  try {
    const order = encodeURIComponent(document.body.dataset.order);
    const answer = await fetch(`/sim/pay/${order}`, { method: "POST", headers: { "X-Sim": "1" } });
    result = (await answer.json()).result;
  } catch {
    // as when the line is gone: nobody knows
  }
  if (result === "ok") {
    ask.hidden = true;
    done.hidden = false;
    done.querySelector(".finish").focus();
  } else {
    ask.querySelector(".trouble").hidden = false;
  }
}

button.addEventListener("click", pay);
for (const leave of ask.querySelectorAll(".leave")) leave.addEventListener("click", () => tell(result));
done.querySelector(".finish").addEventListener("click", () => tell("ok"));
