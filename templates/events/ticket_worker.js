/* The ticket without a network: the page as it was when it was opened last, with its files. */
const CACHE = "ticket-{{ event.pk }}", TICKET = "{% url 'events:ticket' event.slug %}";
const PATIENCE_MS = 4000, HASHED = /\.[0-9a-f]{12}\./;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(keep(event.data.keep || [])));

async function keep(urls) {
  const cache = await caches.open(CACHE);
  await Promise.all(urls.map(async (url) => {
    const { pathname } = new URL(url, location.origin);
    if (pathname !== TICKET && !pathname.startsWith("/static/")) return;
    try {
      const answer = await fetch(url, { credentials: "same-origin", cache: "no-cache" });
      if (answer.ok && !answer.redirected) await cache.put(pathname === TICKET ? TICKET : url, answer);
      else if (pathname === TICKET && [404, 410].includes(answer.status)) await caches.delete(CACHE); // given back, forgotten
    } catch { /* kept the next time */ }
  }));
}

function soon(request) {
  return new Promise((done, fail) => { setTimeout(fail, PATIENCE_MS, new Error("slow")); fetch(request).then(done, fail); });
}

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === TICKET) {
    event.respondWith(soon(request).catch(async () => (await caches.match(TICKET)) || Response.error()));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith((async () => {
      const kept = await caches.match(request, { ignoreSearch: true });
      if (kept && HASHED.test(url.pathname)) return kept;
      try { return await soon(request); } catch { return kept || Response.error(); }
    })());
  }
});
