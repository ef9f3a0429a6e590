/* The door pages without a network: the page without people and its files are kept, nothing that names anybody. */
const CACHE = "door-{{ event.pk }}", SHELL = "{% url 'events:door_shell' event.slug %}", DOOR = "{% url 'events:door' event.slug %}";
const PATIENCE_MS = 4000, HASHED = /\.[0-9a-f]{12}\./;

self.addEventListener("install", (event) => event.waitUntil(keep([SHELL]).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  const files = (event.data.keep || []).filter((url) => new URL(url, location.origin).pathname.startsWith("/static/"));
  event.waitUntil(keep([...files, SHELL]));
});

async function keep(urls) {
  const cache = await caches.open(CACHE);
  await Promise.all(urls.map(async (url) => {
    if (HASHED.test(url) && await cache.match(url)) return;
    try {
      const answer = await fetch(url, { credentials: "same-origin", cache: "no-cache" });
      if (answer.ok && !answer.redirected) await cache.put(url, answer);
    } catch { /* kept the next time */ }
  }));
}

/* A server that is away and one that is broken are the same to a door; a proxy answers for it with 502. */
async function opened(request) {
  const answer = await soon(request);
  if (answer.status >= 500) throw new Error(String(answer.status));
  return answer;
}

function soon(request) {
  return new Promise((done, fail) => { setTimeout(fail, PATIENCE_MS, new Error("slow")); fetch(request).then(done, fail); });
}

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === DOOR) {
    event.respondWith(opened(request).catch(async () => (await caches.match(SHELL)) || Response.error()));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith((async () => {
      const kept = await caches.match(request, { ignoreSearch: true });
      if (kept && HASHED.test(url.pathname)) return kept;
      try { return await soon(request); } catch { return kept || Response.error(); }
    })());
  }
});
