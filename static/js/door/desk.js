/* One door: asks the server; without it answers from the sealed list, keeps the scan with its own time and nonce, and
   sends what it kept as soon as the network is back, each scan once. */
import { all, drop, put } from "./store.js";
import { Roster } from "./roster.js";
import { within } from "./within.js";

/* Four seconds a person: who knows that the network is gone does not wait for it at every ticket. */
const PATIENCE_MS = 2500, HURRY_MS = 600, SEND_MS = 20000, AT_ONCE = 100, RETRY_MS = 4000, LIST_MS = 60000;
const NOT_TAKEN = [400, 413, 422, 500]; // the server is there and cannot take this; the next scan must not wait for it
export const newNonce = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

const TICKET = /^[2-9A-HJKMNP-Z]{8}$/; // as the server gives them out (events/models/attendee.py)

/** The ticket code in what was scanned or typed, and the event it names ("" for a typed code); null for something else. */
export function read(code) {
  const plain = code.replace(/\s/g, "").toUpperCase(), qr = /^NS:([A-Z0-9]+):([A-Z0-9]+)$/.exec(plain);
  const event = qr ? qr[1] : "", ticket = qr ? qr[2] : plain;
  return TICKET.test(ticket) ? { event, ticket } : null;
}

/* By what a ticket is known on this phone: its name in the sealed list, or its code where there is no list. */
const key = (code) => read(code)?.ticket || code;

export class Desk extends EventTarget {
  /** `{ base, event, code, door, point, pass, shell }`: the door page's address, the event's slug and short code, where it
      stands; `tablet` when nobody of the crew holds it; `shell` when the page came from this phone because the server did not answer. */
  constructor(facts) {
    super();
    Object.assign(this, facts);
    this.roster = new Roster(this.event, `${this.base}roster/`, this.pass);
    this.here = new Map(); // what this phone has let in: ticket -> when
    this.online = navigator.onLine && !this.shell;
  }

  async begin() {
    await this.roster.load();
    for (const row of await this.mine()) {
      if (["ok", "saved"].includes(row.said) && (row.point || "") === (this.point || "")) this.here.set(key(row.code), row.at);
    }
    this.timers = [setInterval(() => this.send(), RETRY_MS), setInterval(() => this.list(), LIST_MS)];
    addEventListener("online", () => this.send());
    addEventListener("offline", () => this.net(false));
    await this.send();
    this.list();
  }

  end() { this.timers?.forEach(clearInterval); }

  /* A tablet sends what it scanned; what the crew scanned on the same device before waits for the crew. */
  async mine() { return (await all("queue")).filter((row) => row.event === this.event && (!this.tablet || row.door === this.door)).sort((a, b) => (a.at < b.at ? -1 : 1)); }

  /** Whether the server is there, asked now: the stream of news broke, or the browser believes that the network is back. */
  async probe() {
    try { await this.post([], PATIENCE_MS); this.net(true); } catch (problem) { this.refused = Boolean(problem.refused); this.net(false); }
  }

  /** The server is there and knows nobody here any more: a session that ran out, a role that was taken away. */
  shutOut() { this.refused = true; this.tell(); }

  net(online) { if (online !== this.online) { this.online = online; if (online) this.list(); } this.tell(); }

  async tell() {
    const waiting = (await this.mine()).length;
    this.dispatchEvent(new CustomEvent("net", { detail: { online: this.online, waiting, sending: this.sending, refused: this.refused } }));
  }

  /* A fresh list knows who is inside and who was served, also who was sent out again: it replaces what this phone remembers. */
  async list() {
    const asked = new Date().toISOString();
    try {
      if (!await this.roster.refresh() || (await this.mine()).length) return;
      for (const [ticket, at] of this.here) if (at < asked) this.here.delete(ticket);
    } catch { /* the one that we have goes on working */ }
  }

  /** Answer a code: from the server within a moment, else from this phone. Never throws. `sure`: the crew looked at a
      typed code that is not on the list, and lets its holder in. */
  async scan(code, how = "code", sure = false) {
    const row = { code, how, nonce: newNonce(), at: new Date().toISOString(), door: this.door, point: this.point || undefined };
    try {
      const [answer] = await this.post([row], this.online ? PATIENCE_MS : HURRY_MS);
      this.net(true);
      if (answer.answer === "ok") this.remember(code, row.at).catch(() => {});
      return answer;
    } catch (problem) {
      if (problem.refused) { this.refused = true; }
      return this.keep(row, sure);
    }
  }

  /* What the server let in here, in case that the network goes before the list is read again. */
  async remember(code, at) {
    const { reference } = this.roster.usable && read(code) ? await this.roster.open(key(code)) : {};
    this.here.set(reference || key(code), at);
  }

  /** Somebody was sent out again: the phone must not say "already" when they come back without a network. */
  async forget(code) {
    const { reference } = this.roster.usable ? await this.roster.open(code) : {};
    this.here.delete(reference); this.here.delete(code);
  }

  async keep(row, sure) {
    const said = await this.judge(row.code, sure || row.how === "name");
    const kept = { ...row, code: said.reference || row.code, event: this.event, offline: true, said: said.answer };
    await put("queue", row.nonce, kept);
    if (["ok", "saved"].includes(said.answer)) this.here.set(said.reference || key(row.code), row.at);
    this.net(false);
    return { ...said, nonce: row.nonce, kept: true };
  }

  /** What this phone can say by itself. A typed code may have a slip in it: the crew is asked before it counts (`unsure`). */
  async judge(code, sure) {
    const ticket = read(code);
    if (!ticket) return { answer: "unknown" };
    if (ticket.event && ticket.event !== this.code) return { answer: "other" };
    const again = this.here.get(ticket.ticket);
    if (again) return { answer: "already", name: ticket.ticket, here: again };
    if (!this.roster.usable) return this.tablet ? { answer: "unknown" } : { answer: "saved", name: ticket.ticket };
    const { reference, person } = await this.roster.open(ticket.ticket);
    if (!person && this.tablet) return { answer: "unknown" };
    if (!person && !ticket.event && !sure) return { answer: "unknown", name: ticket.ticket, unsure: code };
    if (!person) return { answer: "saved", name: ticket.ticket, unlisted: true };
    const told = { reference, name: person.name, number: person.number, carriage: person.carriage, seat: person.seat };
    if (["cancelled", "declined", "expired"].includes(person.status)) return { ...told, answer: "cancelled" };
    if (person.status !== "confirmed") return { ...told, answer: "waiting", held: person.status === "offered" };
    if (this.here.has(reference)) return { ...told, answer: "already", here: this.here.get(reference) };
    const before = this.point ? person.served?.[this.point] : person.inside; // a list of an older version names no desks
    return before ? { ...told, answer: "already", before } : { ...told, answer: "ok" };
  }

  async post(scans, patience) {
    const headers = { "Content-Type": "application/json", "X-Door-Pass": this.pass };
    const body = JSON.stringify({ sent: new Date().toISOString(), scans });
    const answer = await fetch(`${this.base}scan/`, { method: "POST", headers, body, signal: within(patience) });
    if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { status: answer.status, refused: [403, 404].includes(answer.status) });
    this.refused = false;
    return (await answer.json()).answers;
  }

  /** Send what was kept, oldest first; a row leaves the phone when the server has answered for its nonce. */
  async send() {
    if (this.sending) return;
    const rows = await this.mine();
    if (!rows.length) { if (this.online) this.tell(); else await this.probe(); return; }
    this.sending = true; this.tell();
    try {
      for (let from = 0; from < rows.length; from += AT_ONCE) await this.upload(rows.slice(from, from + AT_ONCE));
      this.sending = false;
      this.net(true);
      this.dispatchEvent(new CustomEvent("sent", { detail: { count: rows.length } }));
    } catch (problem) {
      this.refused = Boolean(problem.refused);
      this.sending = false;
      this.net(false);
    }
  }

  /* One row that the server cannot take holds up no other: it stays here, the rest goes one by one. */
  async upload(rows) {
    try {
      const answers = await this.post(rows.map(({ event, ...row }) => row), SEND_MS);
      for (const { nonce } of answers) await drop("queue", nonce);
    } catch (problem) {
      if (!NOT_TAKEN.includes(problem.status)) throw problem;
      if (rows.length > 1) for (const row of rows) await this.upload([row]);
    }
  }
}
