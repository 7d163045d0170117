// On a home screen: a page for when there is no network, and the number of tasks on the icon.

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js");

const badge = document.getElementById("badge");
if (badge && navigator.setAppBadge) {
  const show = () => {
    // It has its thousands apart, and a plus where there are more.
    const waiting = badge.hidden ? 0 : Number(badge.querySelector("[data-count]").textContent.replace(/\D/g, ""));
    (waiting ? navigator.setAppBadge(waiting) : navigator.clearAppBadge()).catch(() => {}); // where it is not installed
  };
  new MutationObserver(show).observe(badge, { subtree: true, childList: true, characterData: true, attributes: true });
  show();
}

// Being told although no page is open: the browser says where it can be reached, and with which key.
const form = document.getElementById("this-device");
if (form && "serviceWorker" in navigator && "PushManager" in window) {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [refused, unreached] = ["device-refused", "device-unreached"].map((id) => document.getElementById(id));
    refused.hidden = unreached.hidden = true;
    try {
      const { pushManager } = await navigator.serviceWorker.ready;
      const key = bytes(form.dataset.key);
      // Of another key than the server has now, it would take nothing any more.
      await (await pushManager.getSubscription())?.unsubscribe();
      const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
      form.elements.endpoint.value = endpoint;
      form.elements.p256dh.value = keys.p256dh;
      form.elements.auth.value = keys.auth;
      form.submit();
    } catch {
      (Notification.permission === "granted" ? unreached : refused).hidden = false; // who has allowed it need not do so
    }
  });
}
