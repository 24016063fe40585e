// Opens WeChat's cashier; however it ends, the server asks what became of it.

const button = document.getElementById("pay");
const back = document.getElementById("back");

function pay() {
  button.disabled = true;
  window.WeixinJSBridge.invoke("getBrandWCPayRequest", JSON.parse(button.dataset.bridge), (result) => {
    if (result.err_msg === "get_brand_wcpay_request:cancel") button.disabled = false;
    else back.submit();
  });
}

function ready() {
  button.disabled = false;
  button.addEventListener("click", pay);
  pay();
}

if (window.WeixinJSBridge) ready();
else {
  document.addEventListener("WeixinJSBridgeReady", ready, { once: true });
  setTimeout(() => { if (!window.WeixinJSBridge) document.getElementById("elsewhere").hidden = false; }, 3000);
}
