/* Recomputes a raffle/1 proof in the browser, rule by rule as raffle/verify.py.
   verify(proof, {slow, derive, now, breathe}) resolves to {head, draws: Map(number -> {open, result, trust, notes, …})} or throws
   Broken(draw, rule). `slow(draw)` says for which draws the delay is computed; `derive` computes it elsewhere; with `now`
   (milliseconds) a draw that was frozen a moment ago is not broken for want of a result, and one that nobody froze is
   late; `breathe` is awaited between records. `notes` are verify.py's words about what is no failure; MORE ends the one
   that begins with a number. */
import { canonical, crowdRoot, hex, merkle, order, orderHash, poolLeaf, seed, sha, textNonce, unhex } from "./protocol.js";

export const UNCHECKED = "the beacon could not be checked", MORE = " more than the last published check-in list",
  OTHER = "other stubs than the last published check-in list", OFF_LATE = "called off after closing";

export class Broken extends Error {
  constructor(draw, rule) { super(rule); this.draw = draw; this.rule = rule; }
}
const need = (truth, draw, rule) => { if (!truth) throw new Broken(draw, rule); };
const AFTER = { freeze: "open", result: "freeze", claim: "result", void: "result", abort: "open" };
const A = { open: "an opening", freeze: "a freeze", result: "a result" };
const REASONS = new Set(["timeout", "decline", "ineligible", "override"]);
const TOLD = { override: "an override", ineligible: "somebody ineligible" }; // what is decided by people says why
const CHAIN = /^[0-9A-Za-z._-]{1,64}$/;
const FAST = 5000000, MOST_DELAY = 100000000, PATIENCE_MS = 120000;
const QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"; // drand: a round every 3 s
const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isHex = (text, size) => typeof text === "string" && text.length === 2 * size && /^[0-9a-f]*$/.test(text);
const isCount = (value, least = 0, most = Number.MAX_SAFE_INTEGER) => Number.isSafeInteger(value) && value >= least && value <= most;
const same = (a, b) => canonical(a) === canonical(b);

function isCanonical(value) {
  if (Array.isArray(value)) return value.every(isCanonical);
  if (isObject(value)) return Object.keys(value).every((key) => /^[a-z][a-z0-9_]*$/.test(key) && isCanonical(value[key]));
  if (typeof value === "string") return value.normalize("NFC") === value && !/\p{Surrogate}/u.test(value);
  return value === null || typeof value === "boolean" || Number.isSafeInteger(value);
}

function checkLog(log) {
  need(Array.isArray(log) && log.length, null, "log: empty");
  let previous = "0".repeat(64);
  const hashes = log.map((entry, seq) => {
    need(isObject(entry) && same(Object.keys(entry).sort(), ["body", "prev", "seq", "ts", "type", "v"]), null, `log: record ${seq} has other fields`);
    need(entry.v === "raffle/1", null, `log: record ${seq} is of another version`);
    const known = typeof entry.type === "string" && (has(AFTER, entry.type) || ["genesis", "enter", "open"].includes(entry.type));
    need(known, null, `log: record ${seq} has an unknown type`);
    need(isObject(entry.body) && isCount(entry.ts) && isCanonical(entry), null, `log: record ${seq} is not well formed`);
    need(entry.seq === seq, null, `chain: record ${seq} is out of sequence`);
    need(entry.prev === previous, null, `chain: record ${seq} does not follow the one before`);
    previous = hex(sha(canonical(entry)));
    return previous;
  });
  need(log[0].type === "genesis", null, "log: does not begin with genesis");
  need(log.slice(1).every((entry) => entry.type !== "genesis"), null, "log: a second genesis");
  return hashes;
}

function checkPool(draw, pool, winners) {
  need(Array.isArray(pool), draw, "pool: not published");
  let last = "";
  return pool.map((line) => {
    need(Array.isArray(line) && line.length === 2 && isHex(line[0], 16) && isCount(line[1], 1, 1000), draw, "pool: a line is not well formed");
    need(line[0] > last, draw, "pool: not ascending and unique");
    need(!winners.has(line[0]), draw, "pool: a previous winner is in it");
    [last] = line;
    return poolLeaf(...line);
  });
}

function checkOpen(draw, body, state, pool, winners) {
  const { beacon, secret, rule, prize } = body;
  const counts = isCount(body.qty, 1) && isCount(body.delay, 1) && isCount(body.close_at) && isCount(body.claim_ms);
  const marked = beacon === null || (isObject(beacon) && typeof beacon.chain === "string" && CHAIN.test(beacon.chain) && isCount(beacon.round, 1));
  const ruled = isObject(rule) && typeof rule.exclude_winners === "boolean" && typeof rule.present === "boolean";
  const named = isObject(prize) && typeof prize.id === "string" && typeof prize.name === "string";
  need(counts && marked && ruled && named && (secret === null || isHex(secret, 32)), draw, "open: not well formed");
  need(body.delay <= MOST_DELAY, draw, "open: a delay of more than 100000000 steps");
  const leaves = checkPool(draw, pool, rule.exclude_winners ? winners : new Set());
  const content = { n: pool.length, w: pool.reduce((sum, line) => sum + line[1], 0), root: merkle(leaves) };
  need(has(body, "pool"), draw, "open: not well formed");
  need(same(body.pool, content), draw, "pool: does not match the opening");
  state.beaconAt = beacon !== null && beacon.chain === QUICKNET ? 1000 * (1692803367 + 3 * (beacon.round - 1)) : null;
  need(state.beaconAt === null || state.beaconAt >= body.close_at + 3000, draw, "beacon: its round is too early");
  state.pool = pool;
}

function checkFreeze(draw, body, state, crowd) {
  need(has(body, "open"), draw, "freeze: not well formed");
  need(body.open === state.openHash, draw, "freeze: of another opening");
  need(Array.isArray(crowd), draw, "crowd: not published");
  need(crowd.every((nonce) => isHex(nonce, 32)), draw, "crowd: a nonce is not well formed");
  need(crowd.every((nonce, i) => !i || crowd[i - 1] < nonce), draw, "crowd: not ascending and unique");
  need(has(body, "crowd"), draw, "freeze: not well formed");
  need(same(body.crowd, { m: crowd.length, root: crowdRoot(crowd) }), draw, "crowd: does not match the freeze");
  need(Array.isArray(body.texts) && body.texts.every((text) => typeof text === "string"), draw, "freeze: not well formed");
  const sent = new Set(crowd);
  need(body.texts.every((text) => sent.has(textNonce(text))), draw, "crowd: a spoken text is not in the list");
  need(has(body, "secret"), draw, "freeze: not well formed");
  if (state.open.secret === null) { need(body.secret === null, draw, "secret: none was committed"); return; }
  need(isHex(body.secret, 32), draw, "secret: missing");
  need(hex(sha(unhex(body.secret))) === state.open.secret, draw, "secret: is not the committed one");
}

/** The delay of a draw whose result is well formed: what the inputs give, by `derive`, must be its seed. */
export async function checkDelay(draw, state, derive = seed) {
  const { open, openHash, freeze, result } = state;
  const again = await derive(openHash, freeze.crowd.root, freeze.secret, result.beacon_sig, open.delay);
  need(again === result.seed, draw, "seed: is not what the inputs give");
}

async function checkResult(draw, body, state, { slow, derive = seed }) {
  const { open } = state, signature = body.beacon_sig;
  need(has(body, "freeze"), draw, "result: not well formed");
  need(body.freeze === state.freezeHash, draw, "result: of another freeze");
  need(has(body, "beacon_sig"), draw, "result: not well formed");
  need((signature === null) === (open.beacon === null), draw, "beacon: missing or not declared");
  need(has(body, "seed"), draw, "result: not well formed");
  need(isHex(body.seed, 32), draw, "seed: not well formed");
  need(signature === null || typeof signature === "string", draw, "result: not well formed");
  const size = signature === null || open.beacon.chain === QUICKNET ? 48 : Math.max(32, Math.floor(signature.length / 2));
  need(signature === null || isHex(signature, size), draw, "beacon: not well formed");
  if (slow && slow(draw)) await checkDelay(draw, { ...state, result: body }, derive);
  state.order = order(body.seed, state.pool);
  need(has(body, "order"), draw, "result: not well formed");
  need(body.order === orderHash(state.order), draw, "order: is not what the seed gives");
  need(has(body, "top"), draw, "result: not well formed");
  need(same(body.top, state.order.slice(0, open.qty)), draw, "top: is not the head of the order");
}

/** A claim or a void. Who stands by is called when the void before is written. */
function checkWinner(draw, kind, body, { open, order: ranks, claims, voids, voidTs, why, resultTs }, ts) {
  need(has(body, "rank"), draw, `${kind}: not well formed`);
  const { rank } = body, there = isCount(rank, 1, ranks.length);
  need(!there || has(body, "eid"), draw, `${kind}: not well formed`);
  need(there && ranks[rank - 1] === body.eid, draw, `${kind}: the rank is somebody else's`);
  if (kind === "claim") {
    need(has(body, "by"), draw, "claim: not well formed");
    need(body.by === "phone" || body.by === "desk", draw, "claim: unknown way");
    need(claims.size < open.qty, draw, "claim: more than there are prizes");
  } else {
    need(has(body, "reason"), draw, "void: not well formed");
    need(REASONS.has(body.reason), draw, "void: unknown reason");
    need(isCount(body.waited_ms), draw, "void: not well formed");
    const told = has(body, "text") && typeof body.text === "string" && body.text;
    need(told || !has(TOLD, body.reason), draw, `void: ${TOLD[body.reason]} without its reason`);
  }
  const passed = [...voids].filter((other) => other < rank).length;
  need(!voids.has(rank) && !claims.has(rank) && rank - passed <= open.qty, draw, `${kind}: a rank that is not the next`);
  if (kind === "void") {
    const waited = ts - (rank <= open.qty ? resultTs : voidTs[rank - open.qty - 1]);
    need(body.reason !== "timeout" || Math.min(body.waited_ms, waited) >= open.claim_ms, draw, "void: before the time was over");
    voidTs.push(ts); why.set(rank, body);
  }
  (kind === "claim" ? claims : voids).add(rank);
}

/** What is said of a draw's times, its beacon and its pool, in verify.py's words. */
function notes({ open, openTs, freeze, freezeTs, abortTs, beaconAt, note }, now) {
  const late = (freezeTs ?? abortTs ?? now) > open.close_at + 2000, found = [];
  if (abortTs >= open.close_at) found.push(OFF_LATE);
  if (!freeze && late) found.push("late");
  if (freeze) {
    if (open.beacon && !isAhead(beaconAt, freezeTs)) found.push(UNCHECKED);
    if (late) found.push("freeze late");
    if (openTs + 10000 > open.close_at) found.push("opened less than 10 s before closing");
    if (freezeTs < open.close_at) found.push("frozen before closing");
  }
  if (note) found.push(note);
  return found;
}

/** How a pool of people in the room differs from the newest `enter`, in which winners who are left out still stand. */
function listedNote({ rule }, pool, listed, winners) {
  const out = rule.exclude_winners ? [...winners] : [], more = pool.length + out.length - listed.n;
  if (more > 0) return `${more}${MORE}`;
  const leaves = () => [...pool.map(([eid]) => eid), ...out].sort().map((eid) => poolLeaf(eid, 1));
  return more === 0 && merkle(leaves()) !== listed.root ? OTHER : "";
}

const isAhead = (beaconAt, freezeTs) => beaconAt !== null && freezeTs < beaconAt;

/** A beacon that nobody can hold to its round is what the operator likes it to be, after the freeze. */
function trust({ open, freeze, freezeTs, beaconAt }) {
  if (open.beacon) return isAhead(beaconAt, freezeTs) ? "L3" : "L0";
  if (freeze.crowd.m >= 3 && open.delay >= FAST * 3) return "L2";
  return open.secret ? "L1" : "L0";
}

async function checkRecord(entry, digest, draws, winners, proof, options) {
  const { type: kind, body } = entry, { draw } = body;
  need(isCount(draw, 1), null, "log: a record without a draw");
  const state = draws.get(draw);
  if (kind === "open") {
    need(!state, draw, "open: twice");
    need(draw === draws.size + 1, draw, "open: an attempt before it is missing");
    const fresh = { openHash: digest, claims: new Set(), voids: new Set(), voidTs: [], why: new Map() };
    checkOpen(draw, body, fresh, proof.pools[draw], winners);
    draws.set(draw, Object.assign(fresh, { open: body, openTs: entry.ts }));
    return;
  }
  need(state && state[AFTER[kind]], draw, `${kind}: without ${A[AFTER[kind]]}`);
  need(!state.abort, draw, `${kind}: after the abort`);
  need(kind !== "abort" || !state.freeze, draw, "abort: after the freeze");
  need(!state[kind], draw, `${kind}: twice`);
  if (kind === "freeze") checkFreeze(draw, body, state, proof.crowds[draw]);
  if (kind === "result") await checkResult(draw, body, state, options);
  if (kind === "claim" || kind === "void") { checkWinner(draw, kind, body, state, entry.ts); if (kind === "claim") winners.add(body.eid); return; }
  Object.assign(state, { [kind]: body, [`${kind}Hash`]: digest, [`${kind}Ts`]: entry.ts });
}

export async function verify(proof, options = {}) {
  need(isObject(proof) && ["log", "pools", "crowds"].every((key) => has(proof, key)), null, "file: not a proof");
  need(isObject(proof.pools) && isObject(proof.crowds), null, "file: not a proof");
  let hashes;
  try { hashes = checkLog(proof.log); } catch (error) {
    if (error instanceof RangeError) throw new Broken(null, "log: nested too deeply");
    throw error;
  }
  const draws = new Map(), winners = new Set();
  let listed = null; // the newest check-in list
  for (const [i, entry] of proof.log.entries()) {
    if (options.breathe) await options.breathe();
    const { type, body } = entry;
    if (type === "enter") {
      need(has(body, "n") && isCount(body.n) && has(body, "root") && isHex(body.root, 32), null, `enter: record ${i} is not well formed`);
      listed = body;
    } else if (type !== "genesis") await checkRecord(entry, hashes[i], draws, winners, proof, options);
    if (type === "open" && listed && body.rule.present) {
      const state = draws.get(body.draw);
      state.note = listedNote(body, state.pool, listed, winners);
    }
  }
  const newest = Math.max(options.now ?? 0, proof.log[proof.log.length - 1].ts);
  for (const [draw, state] of draws) {
    state.notes = notes(state, newest);
    if (state.abort || !state.freeze) continue;
    state.running = options.now !== undefined && !state.result && (state.open.beacon !== null || options.now < state.freezeTs + PATIENCE_MS);
    need(state.result || state.running, draw, "result: a frozen draw without one");
    state.trust = trust(state);
  }
  return { head: hashes[hashes.length - 1], draws };
}
