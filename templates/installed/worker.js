{% get_current_language as language %}// Keeps one page for when there is no network. Nothing of anybody's is kept: no task, no page, no answer.
const KEPT = {{ kept|safe }};
const NAME = "offline-{{ language }}-" + KEPT.join("|"); // with another language it is another worker, which keeps its own

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = async () => (await caches.keys()).filter((name) => name.startsWith("offline-") && name !== NAME);
  event.waitUntil(old().then((names) => Promise.all(names.map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") {
    const path = new URL(event.request.url).pathname;
    if (event.request.method === "GET" && KEPT.includes(path) && path !== "/offline")
      event.respondWith(fetch(event.request).catch(() => caches.match(path)));
    return;
  }
  event.respondWith(fetch(event.request).catch(() => caches.match("/offline")));
});

self.addEventListener("push", (event) => {
  const told = event.data.json();
  const shown = { dir: "auto", body: told.body, tag: told.tag, data: told.url, icon: "{{ icon }}" };
  event.waitUntil(Promise.all([self.registration.showNotification(told.title, shown), count(told.waiting)]));
});

// The number on the icon while no page is open, which sets it otherwise. Not each device has one, nor each message.
async function count(waiting) {
  if (!Number.isInteger(waiting) || !navigator.setAppBadge) return;
  await (waiting ? navigator.setAppBadge(waiting) : navigator.clearAppBadge()).catch(() => {}); // where it is not installed
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data, self.location.origin).href;
  const open = async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => page.url === address) ?? pages[0];
    if (!there) return self.clients.openWindow(address);
    await there.focus();
    if (there.url !== address) await there.navigate(address);
  };
  event.waitUntil(open());
});
