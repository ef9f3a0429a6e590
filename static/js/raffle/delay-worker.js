/* The delay in a worker: the page stays alive while it is computed. */
import { seed } from "./protocol.js";
onmessage = async ({ data }) => {
  try { postMessage({ seed: await seed(...data) }); } catch (error) { postMessage({ error: String(error) }); }
};
