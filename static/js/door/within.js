/** A signal that gives up after `ms`; phones from before 2022 have no AbortSignal.timeout. */
export function within(ms) {
  if (AbortSignal.timeout) return AbortSignal.timeout(ms);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), ms);
  return stop.signal;
}
