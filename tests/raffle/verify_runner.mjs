/* Reads proofs as JSON lines, answers each with what static/js/raffle/verify.js says: for tests/raffle/test_agreement.py.
   `node --experimental-default-type=module verify_runner.mjs no-webcrypto` takes the browser's cryptography away first. */
import { createInterface } from "node:readline";
import { webcrypto } from "node:crypto";

const bare = process.argv[2] === "no-webcrypto";
if (bare) Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
else globalThis.crypto ??= webcrypto;
const { verify, Broken } = await import("../../static/js/raffle/verify.js");

for await (const line of createInterface({ input: process.stdin })) {
  const { proof, slow } = JSON.parse(line);
  let answer;
  try {
    const { head, draws } = await verify(proof, { slow: () => slow });
    answer = { head, trust: Object.fromEntries([...draws].map(([draw, state]) => [draw, state.trust ?? null])) };
  } catch (error) {
    answer = error instanceof Broken ? { draw: error.draw, rule: error.rule } : { crash: String(error.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
