/* raffle/1 in the browser: the same functions as raffle/protocol.py. Hashes and ids are hex strings. */
import { pbkdf2, sha256 } from "./sha256.js";

const encoder = new TextEncoder();

export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
export const unhex = (text) => {
  if (typeof text !== "string" || text.length % 2 || !/^[0-9a-f]*$/.test(text)) throw new Error("not hex");
  return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
};
export const bytes = (...parts) => {
  const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const out = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) { out.set(part, at); at += part.length; }
  return out;
};
export const sha = (...parts) => sha256(bytes(...parts));

/** Canonical JSON: keys sorted by code point, no spaces. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
export const recordHash = (record) => hex(sha(canonical(record)));

export const entrantId = (eventId, secret) => hex(sha("raffle/1 id\0", unhex(eventId), secret)).slice(0, 32);
export const textNonce = (text) => hex(sha("raffle/1 text\0", text));

export function merkle(leaves) {
  if (!leaves.length) return hex(sha(""));
  let level = leaves;
  while (level.length > 1) {
    const next = [];
    for (let i = 0; i < level.length; i += 2) {
      next.push(i + 1 < level.length ? sha(Uint8Array.of(1), level[i], level[i + 1]) : level[i]);
    }
    level = next;
  }
  return hex(level[0]);
}
export const poolLeaf = (eid, weight) => sha(Uint8Array.of(0), unhex(eid), Uint8Array.of(weight >> 8, weight & 255));
export const poolRoot = (pool) => merkle(pool.map(([eid, weight]) => poolLeaf(eid, weight)));
export const crowdRoot = (nonces) => merkle(nonces.map((nonce) => sha(Uint8Array.of(0), unhex(nonce))));

export function mix(openHash, root, secret, beacon) {
  const nothing = new Uint8Array(32);
  return sha("raffle/1 mix\0", unhex(openHash), unhex(root), secret ? unhex(secret) : nothing, beacon ? sha(unhex(beacon)) : nothing);
}

export const PLAIN_DELAY = 1000000; // iterations that plain JavaScript does in about four seconds

/** Whether this browser can compute such a delay: WebCrypto exists on https and localhost only. */
export const canDelay = (delay) => Boolean(globalThis.crypto?.subtle) || delay <= PLAIN_DELAY;

/** The seed as hex. Rejects for a long delay where WebCrypto is missing. */
export async function seed(openHash, root, secret, beacon, delay) {
  const password = mix(openHash, root, secret, beacon), salt = unhex(openHash);
  if (!canDelay(delay)) throw new Error("the delay needs WebCrypto");
  if (!globalThis.crypto?.subtle) return hex(pbkdf2(password, salt, delay));
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  return hex(new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: delay }, key, 256)));
}

export function ticket(seedHex, eid, weight = 1) {
  const start = bytes(unhex(seedHex), unhex(eid));
  let least = null;
  for (let j = 0; j < weight; j++) {
    const found = hex(sha(start, Uint8Array.of(j >> 8, j & 255)));
    if (least === null || found < least) least = found;
  }
  return least;
}
export function order(seedHex, pool) {
  return pool.map(([eid, weight]) => ticket(seedHex, eid, weight) + eid).sort().map((entry) => entry.slice(64));
}
export const orderHash = (eids) => hex(sha(unhex(eids.join(""))));

/** The order in which names leave the board: the winners last, the first of them very last. */
export function departures(seedHex, eids, winners) {
  const kept = new Set(winners), start = unhex(seedHex);
  const leaving = eids.filter((eid) => !kept.has(eid)).map((eid) => [hex(sha(start, "show", unhex(eid))), eid]);
  leaving.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return [...leaving.map(([, eid]) => eid), ...[...winners].reverse()];
}

/** The ranks (from 1) that hold a prize now: the lowest `qty` without a void. */
export function held(qty, size, voids) {
  const ranks = [];
  for (let rank = 1; rank <= size && ranks.length < qty; rank++) if (!voids.has(rank)) ranks.push(rank);
  return ranks;
}

/** Four numbers from 0 to 63: the pictograms of a head; and the eight hex digits beside them. */
export const pictograms = (head) => [18, 12, 6, 0].map((shift) => parseInt(head.slice(0, 6), 16) >> shift & 63);
export const shortHead = (head) => `${head.slice(0, 4)} ${head.slice(4, 8)}`;
