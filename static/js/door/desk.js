/* One door: asks the server; without it answers from the sealed list, keeps the scan with its own time and nonce, and
   sends what it kept as soon as the network is back, each scan once. */
import { all, drop, get, put } from "./store.js";
import { Roster } from "./roster.js";

const PATIENCE_MS = 2500, SEND_MS = 20000, AT_ONCE = 100, RETRY_MS = 4000, LIST_MS = 60000;
export const newNonce = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

/** The ticket code in what was scanned or typed, and the event it names ("" for a typed code); null for something else. */
export function read(code) {
  const plain = code.replace(/\s/g, "").toUpperCase(), qr = /^NS:([A-Z0-9]+):([A-Z0-9]+)$/.exec(plain);
  if (qr) return { event: qr[1], ticket: qr[2] };
  return /^[A-Z0-9]{6,8}$/.test(plain) ? { event: "", ticket: plain } : null;
}

export class Desk extends EventTarget {
  /** `{ base, event, code, door, point, pass }`: the door page's address, the event's slug and short code, where it stands. */
  constructor(facts) {
    super();
    Object.assign(this, facts);
    this.roster = new Roster(this.event, `${this.base}roster/`);
    this.here = new Map(); // what this phone has let in: ticket -> when
    this.online = navigator.onLine;
  }

  async begin() {
    await this.roster.load();
    for (const row of await this.mine()) {
      if (row.said === "ok" && (row.point || "") === (this.point || "")) this.here.set(row.code, row.at);
    }
    this.timers = [setInterval(() => this.send(), RETRY_MS), setInterval(() => this.list(), LIST_MS)];
    addEventListener("online", () => this.send());
    addEventListener("offline", () => this.net(false));
    await this.send();
    this.list();
  }

  end() { this.timers?.forEach(clearInterval); }

  async mine() { return (await all("queue")).filter((row) => row.event === this.event).sort((a, b) => (a.at < b.at ? -1 : 1)); }

  net(online) { if (online !== this.online) { this.online = online; if (online) this.list(); } this.tell(); }

  async tell() {
    const waiting = (await this.mine()).length;
    this.dispatchEvent(new CustomEvent("net", { detail: { online: this.online, waiting, sending: this.sending, refused: this.refused } }));
  }

  async list() { try { await this.roster.refresh(); } catch { /* the one that we have goes on working */ } }

  /** Answer a code: from the server within a moment, else from this phone. Never throws. */
  async scan(code, how = "code") {
    const row = { code, how, nonce: newNonce(), at: new Date().toISOString(), door: this.door, point: this.point || undefined };
    try {
      const [answer] = await this.post([row], PATIENCE_MS);
      this.net(true);
      if (answer.answer === "ok") this.remember(code, row.at);
      return answer;
    } catch (problem) {
      if (problem.refused) { this.refused = true; }
      return this.keep(row);
    }
  }

  /* What the server let in here, in case that the network goes before the list is read again. */
  async remember(code, at) {
    const ticket = read(code);
    if (!ticket || !this.roster.usable) return;
    const { reference } = await this.roster.open(ticket.ticket);
    if (reference) this.here.set(reference, at);
  }

  async keep(row) {
    const said = await this.judge(row.code);
    const kept = { ...row, code: said.reference || row.code, event: this.event, offline: true, said: said.answer };
    await put("queue", row.nonce, kept);
    if (said.reference && said.answer === "ok") this.here.set(said.reference, row.at);
    this.net(false);
    return { ...said, nonce: row.nonce, kept: true };
  }

  /** What this phone can say by itself. */
  async judge(code) {
    const ticket = read(code);
    if (!ticket) return { answer: "unknown" };
    if (ticket.event && ticket.event !== this.code) return { answer: "other" };
    if (!this.roster.usable) return { answer: "saved", name: code };
    const { reference, person } = await this.roster.open(ticket.ticket);
    if (!person) return { answer: "saved", name: ticket.ticket, unlisted: true };
    const told = { reference, name: person.name, number: person.number, carriage: person.carriage, seat: person.seat };
    if (["cancelled", "declined", "expired"].includes(person.status)) return { ...told, answer: "cancelled" };
    if (person.status !== "confirmed") return { ...told, answer: "waiting" };
    if (this.point) return { ...told, answer: this.here.has(reference) ? "already" : "ok" };
    if (this.here.has(reference)) return { ...told, answer: "already", here: this.here.get(reference) };
    return person.inside ? { ...told, answer: "already", inside: person.inside } : { ...told, answer: "ok" };
  }

  async post(scans, patience) {
    const headers = { "Content-Type": "application/json", "X-Door-Pass": this.pass };
    const body = JSON.stringify({ sent: new Date().toISOString(), scans });
    const answer = await fetch(`${this.base}scan/`, { method: "POST", headers, body, signal: AbortSignal.timeout(patience) });
    if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { refused: [403, 404].includes(answer.status) });
    this.refused = false;
    return (await answer.json()).answers;
  }

  /** Send what was kept, oldest first; a row leaves the phone when the server has answered for its nonce. */
  async send() {
    if (this.sending) return;
    const rows = await this.mine();
    if (!rows.length) { this.tell(); return; }
    this.sending = true; this.tell();
    try {
      for (let from = 0; from < rows.length; from += AT_ONCE) {
        const scans = rows.slice(from, from + AT_ONCE).map(({ event, ...row }) => row);
        for (const { nonce } of await this.post(scans, SEND_MS)) await drop("queue", nonce);
      }
      this.sending = false;
      this.net(true);
      this.dispatchEvent(new CustomEvent("sent", { detail: { count: rows.length } }));
    } catch (problem) {
      this.refused = Boolean(problem.refused);
      this.sending = false;
      this.net(false);
    }
  }
}
