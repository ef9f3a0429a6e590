/* What a door phone keeps: IndexedDB, in this page's memory where there is none. Two shelves: `queue` (scans by nonce)
   and `kept` (the sealed list, by a key). */
const NAME = "nextstop-door", SHELVES = ["queue", "kept"], OPEN_MS = 3000; // some Safaris never answer an open()
const memory = { queue: new Map(), kept: new Map() };

let opening;
function database() {
  opening ||= new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => SHELVES.forEach((shelf) => request.result.createObjectStore(shelf));
    request.onsuccess = () => done(request.result);
    request.onerror = request.onblocked = () => fail(request.error);
    setTimeout(fail, OPEN_MS, new Error("slow"));
    navigator.storage?.persist?.().catch(() => {}); // else a full phone may drop what waits here
  });
  return opening;
}

async function on(shelf, mode, act, otherwise) {
  try {
    const store = (await database()).transaction(shelf, mode, mode === "readwrite" ? { durability: "strict" } : {});
    const request = act(store.objectStore(shelf));
    return await new Promise((done, fail) => {
      store.oncomplete = () => done(request.result);
      store.onerror = store.onabort = () => fail(store.error);
    });
  } catch { return otherwise(memory[shelf]); }
}

export const put = (shelf, key, value) => on(shelf, "readwrite", (s) => s.put(value, key), (m) => { m.set(key, value); });
export const get = (shelf, key) => on(shelf, "readonly", (s) => s.get(key), (m) => m.get(key));
export const drop = (shelf, key) => {
  memory[shelf].delete(key); // it is here when the browser could not keep it
  return on(shelf, "readwrite", (s) => s.delete(key), () => undefined);
};
export async function all(shelf) {
  const kept = await on(shelf, "readonly", (s) => s.getAll(), () => []);
  return [...(kept || []), ...memory[shelf].values()];
}

/** Whether something waits that goes with this page: the browser keeps nothing for it. */
export const frail = () => memory.queue.size > 0;
