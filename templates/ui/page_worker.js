/* A page without a network: as it was read last, with its files. The address of this worker is its scope. */
const PAGE = "{{ page|escapejs }}", CACHE = `kept ${PAGE}`;
const PATIENCE_MS = 4000, HASHED = /\.[0-9a-f]{12}\./;
const LED_AWAY_IS_GONE = {{ led_away|yesno:"true,false" }};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(keep(event.data.keep || [])));

async function keep(urls) {
  await Promise.all(urls.map(async (url) => {
    const { pathname } = new URL(url, location.origin);
    if (pathname !== PAGE && !pathname.startsWith("/static/")) return;
    try {
      const answer = await fetch(url, { credentials: "same-origin", cache: "no-cache" });
      if (pathname === PAGE) await keepPage(answer);
      else if (answer.ok) await (await caches.open(CACHE)).put(url, answer);
    } catch { /* kept the next time */ }
  }));
}

async function keepPage(answer) {
  if (answer.ok && !answer.redirected && await isKept(answer)) await (await caches.open(CACHE)).put(PAGE, answer);
  else await forget(answer);
}

/* A page says by <keep-page> that it may be kept: a ticket that was given back no longer says so. */
async function isKept(answer) {
  return (await answer.clone().text()).includes("<keep-page ");
}

async function forget(answer) {
  const led = answer.redirected || answer.type === "opaqueredirect";
  const gone = led ? LED_AWAY_IS_GONE : answer.ok ? !await isKept(answer) : [404, 410].includes(answer.status);
  if (gone) await caches.delete(CACHE); // given back, forgotten, somebody else's phone
}

/* A server that is away and one that is broken are the same to a queue; a proxy answers for it with 502. */
async function opened(event) {
  const answer = await soon(event.request), kept = answer.status >= 500 && await caches.match(PAGE);
  event.waitUntil(forget(answer.clone()).catch(() => {})); // cut off while it is read: as it was
  return kept || answer;
}

function soon(request) {
  return new Promise((done, fail) => { setTimeout(fail, PATIENCE_MS, new Error("slow")); fetch(request).then(done, fail); });
}

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) {
    event.respondWith(opened(event).catch(async () => (await caches.match(PAGE)) || Response.error()));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith((async () => {
      const kept = await caches.match(request, { ignoreSearch: true });
      if (kept && HASHED.test(url.pathname)) return kept;
      try { return await soon(request); } catch { return kept || Response.error(); }
    })());
  }
});
