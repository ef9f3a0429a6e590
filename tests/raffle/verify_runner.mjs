/* Reads proofs as JSON lines, answers each with what static/js/raffle/verify.js says: for tests/raffle/test_agreement.py.
   A line {file: path} reads the proof from there, as a page reads it; {unread: why} when it is no JSON. {departures: [seed, eids, winners]} or {entrantId: [event, secret]} is answered with what protocol.js gives.
   `node --experimental-default-type=module verify_runner.mjs no-webcrypto` takes the browser's cryptography away first. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { webcrypto } from "node:crypto";

const bare = process.argv[2] === "no-webcrypto";
if (bare) Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
else globalThis.crypto ??= webcrypto;
const { verify, Broken } = await import("../../static/js/raffle/verify.js");
const { departures, entrantId, unhex } = await import("../../static/js/raffle/protocol.js");

for await (const line of createInterface({ input: process.stdin })) {
  const { slow, now, ...asked } = JSON.parse(line);
  let { proof } = asked, answer;
  try {
    if (asked.file) proof = JSON.parse(readFileSync(asked.file, "utf8"));
    if (asked.departures) answer = departures(...asked.departures);
    else if (asked.entrantId) answer = entrantId(asked.entrantId[0], unhex(asked.entrantId[1]));
    else {
      const { head, draws } = await verify(proof, { slow: () => slow, now });
      const each = (say) => Object.fromEntries([...draws].map(([draw, state]) => [draw, say(state)]));
      answer = { head, trust: each((state) => state.trust ?? null), notes: each((state) => state.notes) };
    }
  } catch (error) {
    answer = error instanceof Broken ? { draw: error.draw, rule: error.rule }
      : error instanceof SyntaxError && asked.file ? { unread: error.message } : { crash: String(error.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
