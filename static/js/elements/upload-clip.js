/* <upload-clip>: sends shots in chunks (tus 1.0) and goes on after a lost network, a reload, the next day.
   The file is chosen once: it is kept in the browser's own database until the server has all of it. */
const DB = "nextstop-uploads", VERSION = 2, STORE = "files";
const SMALLEST = 64 * 1024, FIRST = 256 * 1024; // bytes of a chunk: a bad network gets small ones, a good one what the server likes
const PATIENCE = 60000, SLOW = 12000, QUICK = 3000; // milliseconds of one request; the server waits longer (MOVING)

function database() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DB, VERSION);
    asked.onupgradeneeded = () => {
      if (asked.result.objectStoreNames.contains(STORE)) asked.result.deleteObjectStore(STORE);
      asked.result.createObjectStore(STORE, { keyPath: "key" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
/* What the database answers, once it stands for good; null when it has no room, or there is none, as in private windows. */
async function stored(mode, act) {
  let db;
  try {
    db = await database();
    return await new Promise((resolve, reject) => {
      const deal = db.transaction(STORE, mode), asked = act(deal.objectStore(STORE));
      deal.oncomplete = () => resolve(asked.result);
      deal.onerror = deal.onabort = () => reject(deal.error);
    });
  } catch { return null; } finally { db?.close(); }
}
const words = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const CRC = Uint32Array.from({ length: 256 }, (_, n) => { for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n; });
function crc32(bytes) {
  let sum = -1;
  for (const byte of bytes) sum = CRC[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (~sum >>> 0).toString(16);
}
/* How a file begins, as the server compares it with what has arrived of one that has the same name and size. */
async function heads(file) {
  const bytes = new Uint8Array(await file.slice(0, 1024 * 1024).arrayBuffer());
  return [SMALLEST, bytes.length].map((most) => bytes.subarray(0, most)).map((head) => `${head.length}:${crc32(head)}`).join(" ");
}
const utf8 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

class UploadClip extends HTMLElement {
  connectedCallback() {
    this.sending = new Map();
    this.refused = new Map(); // the reason by place: it stays until another file is chosen there
    this.input = this.querySelector(":scope > input[type=file]");
    this.pattern = this.querySelector(":scope > template");
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-choose]");
      if (!button) return;
      this.chosen = button.dataset.choose;
      this.input.multiple = this.chosen === "several";
      this.input.accept = this.chosen === "zip" ? ".zip,application/zip" : this.kinds;
      this.input.value = ""; this.input.click();
    });
    this.kinds = this.input.accept;
    this.input.addEventListener("change", () => this.take([...this.input.files], Number(this.chosen) || 0));
    this.hearDrops();
    this.addEventListener("region:swapped", () => this.paintAll());
    addEventListener("online", () => { for (const one of this.sending.values()) one.abort?.abort(); this.wake(); });
    addEventListener("offline", () => this.paintAll());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.wake(); });
    this.goOn();
  }

  disconnectedCallback() { this.gone.abort(); }

  /* On the whole page: what is let go beside the column would open in the browser, in the place of the page. */
  hearDrops() {
    this.gone = new AbortController();
    const { signal } = this.gone, files = (event) => event.dataTransfer?.types.includes("Files"); // not a word that is dragged
    document.addEventListener("dragover", (event) => { if (files(event)) { event.preventDefault(); this.classList.add("over"); } }, { signal });
    document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) this.classList.remove("over"); }, { signal });
    document.addEventListener("drop", (event) => {
      if (!files(event)) return;
      event.preventDefault(); this.classList.remove("over");
      const place = event.target.closest?.("upload-clip li[data-slot]");
      this.take([...event.dataTransfer.files], Number(place?.dataset.slot) || 0);
    }, { signal });
  }

  async goOn() {
    const kept = (await stored("readonly", (store) => store.getAll())) || [];
    const own = kept.filter((row) => row.event === this.dataset.event && row.team === this.team);
    own.sort((one, other) => one.at - other.at);
    for (const row of own) {
      const before = this.sending.get(row.slot); // of two for one place the later is meant
      if (before) { this.stop(row.slot); this.forget(before); }
      this.run({ ...row, done: 0 });
    }
    for (const row of kept) if (!own.includes(row) && Date.now() - row.at > 3 * 86400e3) this.forget(row);
  }

  /* The code of the team: in the part of the page that changes by itself when somebody is put into one. */
  get team() { return this.querySelector("[data-team]")?.dataset.team || ""; }

  keep({ key, url, slot, file, event, team, at }) {
    return stored("readwrite", (store) => store.put({ key, url, slot, file, event, team, at }));
  }
  forget(row) { return stored("readwrite", (store) => store.delete(row.key)); }

  /* The first file into the place that was meant, the others into what is empty; a zip beside them. */
  take(files, meant) {
    const empty = [...this.querySelectorAll("li.empty[data-slot]")].map((place) => Number(place.dataset.slot));
    const free = empty.filter((slot) => slot && !this.sending.has(slot) && slot !== meant);
    if (this.refused.delete(0)) this.querySelector("li[data-slot='0'] .notice")?.remove();
    for (const file of files) {
      if (/\.zip$/i.test(file.name)) { this.begin(0, file); continue; }
      const slot = meant || free.shift();
      meant = 0;
      if (slot) this.begin(slot, file); else return this.refuse(0, this.dataset.full);
    }
  }

  async begin(slot, file) {
    this.refused.delete(slot);
    if (slot && file.size > Number(this.dataset.most) * 1e6) {
      return this.refuse(slot, words(this.dataset.toobig, { mb: Math.round(file.size / 1e6), most: this.dataset.most }));
    }
    const before = this.sending.get(slot);
    if (before) { this.stop(slot); this.forget(before); }
    const one = { key: `${Date.now()}-${Math.random()}`, url: "", slot, file, event: this.dataset.event, team: this.team, at: Date.now() };
    one.loose = await this.keep(one) === null; // before anything is asked of the network: the file is chosen once
    navigator.storage?.persist?.().catch(() => {});
    this.run({ ...one, done: 0 });
  }

  stop(slot) { const one = this.sending.get(slot); if (one) { one.gone = true; one.abort?.abort(); one.wake?.(); this.sending.delete(slot); } }

  async run(one) {
    this.sending.set(one.slot, one);
    one.started = performance.now(); one.fails = 0; one.asked = false;
    this.paint(one);
    while (!one.gone && !one.finished) {
      if (one.paused) { await new Promise((wake) => { one.wake = wake; }); one.asked = false; continue; }
      try {
        if (!one.url) await this.create(one);
        if (one.gone) return;
        if (!one.asked) { await this.ask(one); if (one.gone) return; one.first = one.done; one.started = performance.now(); this.paint(one); }
        if (one.done < one.file.size) await this.send(one);
        one.finished = one.done >= one.file.size;
        one.fails = 0; one.waiting = false; this.shaky(false);
      } catch (reason) {
        if (one.gone || one.paused) continue;
        if (reason?.final) { await this.end(one); this.refuse(one.slot, reason.message); return; }
        one.asked = false; one.waiting = true; one.fails += 1; this.shaky(true); this.paint(one);
        await new Promise((wake) => { one.wake = wake; setTimeout(wake, Math.min(15000, 500 * 2 ** one.fails)); });
      }
      this.paint(one);
    }
    if (one.gone) return;
    await this.end(one);
    this.querySelector("live-region")?.restore();
  }

  /* A place on the server for the file; what it answers in words is final, all else is the network's. */
  async create(one) {
    const headers = { "Tus-Resumable": "1.0.0", "Upload-Length": String(one.file.size), "X-CSRFToken": this.dataset.csrf,
      "Upload-Metadata": `slot ${utf8(String(one.slot))},filename ${utf8(one.file.name)},heads ${utf8(await heads(one.file))}` };
    const answer = await this.request(one, this.dataset.create, { method: "POST", headers });
    if (answer.status !== 201) throw await this.said(one, answer);
    one.url = answer.headers.get("Location"); one.done = 0;
    if (await this.keep(one) !== null) one.loose = false;
  }

  /* An answer that is no success, as what to throw: final when it has a sentence for people, else tried again. */
  async said(one, answer) {
    const { message } = await answer.json().catch(() => ({}));
    if (answer.status === 507) one.said = message; // room may come: keep trying
    const passing = [409, 423, 507].includes(answer.status) && one.url || answer.status === 507 || answer.status >= 500;
    return message && !passing ? { final: true, message } : new Error(answer.status);
  }

  /* One request, given up when the network has swallowed it. */
  async request(one, url, options) {
    one.abort = new AbortController();
    const patience = setTimeout(() => one.abort.abort(), PATIENCE);
    try { return await fetch(url, { ...options, signal: one.abort.signal }); } finally { clearTimeout(patience); }
  }

  async ask(one) {
    const answer = await this.request(one, one.url, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } });
    if (answer.status === 404) throw { final: true, message: this.dataset.lost };
    if (!answer.ok) throw new Error(answer.status);
    one.done = Number(answer.headers.get("Upload-Offset")); one.asked = true;
  }

  async send(one) {
    const most = Number(this.dataset.chunk), size = Math.min(one.chunk ??= FIRST, most), began = performance.now();
    const body = one.file.slice(one.done, one.done + size);
    const headers = { "Tus-Resumable": "1.0.0", "Upload-Offset": String(one.done), "Content-Type": "application/offset+octet-stream", "X-CSRFToken": this.dataset.csrf };
    one.chunk = Math.max(SMALLEST, size / 2); // unless it arrives in good time
    const answer = await this.request(one, one.url, { method: "PATCH", headers, body });
    if (answer.status === 204) {
      const took = performance.now() - began;
      one.chunk = took < QUICK ? Math.min(most, 2 * size) : took < SLOW ? size : one.chunk;
      one.done = Number(answer.headers.get("Upload-Offset"));
      return;
    }
    throw await this.said(one, answer);
  }

  async end(one) {
    await this.forget(one);
    if (!one.finished) this.sending.delete(one.slot);
    else setTimeout(() => { if (this.sending.get(one.slot) === one) this.sending.delete(one.slot); }, 1500);
  }

  wake() { for (const one of this.sending.values()) one.wake?.(); }
  shaky(on) { const strip = document.getElementById("shaky"); if (strip) strip.hidden = !on; }
  /* What has arrived is the server's to show: painted over it would stay as it is until something else changes. */
  paintAll() {
    for (const one of this.sending.values()) if (!one.finished) this.paint(one);
    for (const [slot, text] of this.refused) this.say(slot, text);
  }

  place(slot) {
    if (!slot) this.querySelector(".zipping")?.removeAttribute("hidden");
    return this.placeOf(slot);
  }

  placeOf(slot) { return this.querySelector(`li[data-slot="${slot}"]`); }

  paint(one) {
    const place = this.place(one.slot);
    if (!place) return;
    let box = place.querySelector(".sending");
    if (!box) {
      box = this.pattern.content.cloneNode(true).firstElementChild;
      box.querySelector("button").addEventListener("click", () => this.toggle(one));
      place.replaceChildren(...(one.slot ? [this.still(one), box] : [box]));
      place.className = "up";
    }
    const mega = (bytes) => Math.round(bytes / 1e6 * 10) / 10 >= 10 ? Math.round(bytes / 1e6) : Math.round(bytes / 1e5) / 10;
    const percent = Math.floor(100 * one.done / one.file.size), idle = one.paused || one.waiting || !navigator.onLine;
    box.querySelector("b").textContent = one.slot ? words(this.dataset.shot, { n: one.slot }) : this.dataset.zip;
    const bar = box.querySelector(".prog");
    bar.style.setProperty("--v", `${percent}%`); bar.setAttribute("aria-valuenow", percent); bar.classList.toggle("paused", Boolean(idle && !one.finished));
    const rate = (one.done - (one.first ?? 0)) / Math.max(1, performance.now() - one.started);
    const left = rate > 0 ? Math.max(1, Math.round((one.file.size - one.done) / rate / 1000)) : "…";
    const pattern = one.finished ? this.dataset.arrived : one.paused ? this.dataset.paused : idle ? this.dataset.waiting : this.dataset.sending;
    box.querySelector(".loose").hidden = !one.loose || Boolean(one.finished);
    box.querySelector("p").textContent = idle && one.said || words(pattern, { done: mega(one.done), all: mega(one.file.size), left });
    const button = box.querySelector("button");
    button.hidden = Boolean(one.finished);
    button.setAttribute("aria-label", one.paused ? this.dataset.resume : this.dataset.pause);
    button.querySelector("use").setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, one.paused ? "#i-play" : "#i-pause"));
  }

  still(one) {
    if (!one.still) {
      const gif = one.file.type === "image/gif";
      one.still = document.createElement(gif ? "img" : "video");
      one.still.className = "still"; one.still.muted = true; one.still.playsInline = true;
      one.still.src = URL.createObjectURL(one.file) + (gif ? "" : "#t=0.5");
      if (gif) one.still.alt = "";
    }
    return one.still;
  }

  toggle(one) {
    one.paused = !one.paused;
    if (one.paused) one.abort?.abort(); else one.wake?.();
    this.paint(one);
  }

  refuse(slot, text) {
    this.refused.set(slot, text);
    const place = this.say(slot, text, "alert"); // read out once, not each time that the page around it changes
    if (place && !place.querySelector("[data-choose]")) this.querySelector("live-region")?.restore();
  }

  say(slot, text, role = "note") {
    const place = this.place(slot);
    if (!place) return null;
    const said = document.createElement("p");
    said.className = "notice bad"; said.setAttribute("role", role); said.textContent = text;
    place.querySelector(".notice")?.remove();
    place.querySelector(".sending")?.remove();
    place.prepend(said);
    return place;
  }
}
customElements.define("upload-clip", UploadClip);
