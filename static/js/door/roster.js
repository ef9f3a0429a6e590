/* The sealed list of the event's tickets. An entry opens with the code of its ticket alone: PBKDF2 of the code, then
   its name in the list and its AES key are hashes of that. Without crypto.subtle (plain http) there is no list. */
import { get, put } from "./store.js";

const text = new TextEncoder();
const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");

async function labelled(label, master) {
  const joined = new Uint8Array(label.length + master.byteLength);
  joined.set(text.encode(label)); joined.set(new Uint8Array(master), label.length);
  return crypto.subtle.digest("SHA-256", joined);
}

export class Roster {
  constructor(event, url, pass) { this.key = `roster:${event}`; Object.assign(this, { url, pass }); this.masters = new Map(); }

  get usable() { return Boolean(this.list && globalThis.crypto?.subtle); }

  async load() { this.list = await get("kept", this.key); }

  /** Read the list again from the server, which answers 304 while nothing has changed; true when the list is fresh. */
  async refresh() {
    if (!globalThis.crypto?.subtle) return false;
    const answer = await fetch(this.url, { headers: { "X-Door-Pass": this.pass, ...(this.list?.etag ? { "If-None-Match": this.list.etag } : {}) }, cache: "no-store" });
    if (answer.status === 304) return true;
    if (answer.status !== 200 || answer.redirected) return false;
    this.list = { ...(await answer.json()), etag: answer.headers.get("ETag") };
    await put("kept", this.key, this.list);
    return true;
  }

  async master(code) {
    const known = `${this.list.rounds}.${code}`; // a list that grew may ask for another number of rounds
    if (!this.masters.has(known)) {
      const key = await crypto.subtle.importKey("raw", text.encode(code), "PBKDF2", false, ["deriveBits"]);
      const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(this.list.salt), iterations: this.list.rounds };
      this.masters.set(known, await crypto.subtle.deriveBits(how, key, 256));
    }
    return this.masters.get(known);
  }

  /** `{ reference, person }` of a ticket code; person is null for a code that is not on the list. */
  async open(code) {
    const master = await this.master(code);
    const name = hex(await labelled("name", master)).slice(0, 32), sealed = this.list.entries[name];
    if (!sealed) return { reference: null, person: null };
    const key = await crypto.subtle.importKey("raw", await labelled("key", master), "AES-GCM", false, ["decrypt"]);
    const box = bytes(sealed);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.slice(0, 12) }, key, box.slice(12));
    return { reference: `#${this.list.rounds}.${name}`, person: JSON.parse(new TextDecoder().decode(plain)) };
  }
}
