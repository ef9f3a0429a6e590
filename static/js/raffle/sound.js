/* Sounds of the stage, synthesised; silent until the host arms them once. Every sound has a visible twin. */
const TICK_GAP = 1 / 80; // at most 80 flaps a second are heard
let context = null, last = 0, noise = null, enabled = false;

export function armed() { return enabled; }

/** Switch sound on or off; needs a key or a click, as browsers demand. Returns whether it is on now. */
export function arm(on = !enabled) {
  enabled = on;
  try { localStorage.setItem("stage-sound", on ? "1" : ""); } catch { /* private mode */ }
  if (!on) { context?.suspend(); return false; }
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) { enabled = false; return false; }
  context ||= new Context();
  context.resume();
  if (!noise) {
    noise = context.createBuffer(1, Math.round(context.sampleRate * 0.009), context.sampleRate);
    const data = noise.getChannelData(0);
    for (let i = 0; i < data.length; i += 1) data[i] = (Math.random() * 2 - 1) * (1 - i / data.length) ** 5;
  }
  return true;
}

/** Sound was armed on this machine before: the next key press arms it again (a reload must not silence the show). */
export function wanted() { try { return localStorage.getItem("stage-sound") === "1"; } catch { return false; } }

function voice(level) {
  const gain = context.createGain();
  gain.gain.value = level; gain.connect(context.destination);
  return gain;
}

/** One flap: band-passed noise, 9 ms. */
export function tick() {
  if (!enabled || context.state !== "running" || context.currentTime - last < TICK_GAP) return;
  last = context.currentTime;
  const source = context.createBufferSource(), filter = context.createBiquadFilter();
  source.buffer = noise; filter.type = "bandpass"; filter.Q.value = 0.8;
  filter.frequency.value = 1700 + Math.random() * 1500;
  source.connect(filter); filter.connect(voice(0.16)); source.start();
}

function note(frequency, start, length, level) {
  const tone = context.createOscillator(), gain = voice(0), at = context.currentTime + start;
  tone.type = "sine"; tone.frequency.value = frequency; tone.connect(gain);
  gain.gain.setValueAtTime(0, at); gain.gain.linearRampToValueAtTime(level, at + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.0004, at + length);
  tone.start(at); tone.stop(at + length);
}

/** Two soft notes: something begins. */
export function chime() { if (enabled) { note(659.3, 0, 0.9, 0.1); note(523.3, 0.34, 1.3, 0.1); } }

/** One low bell: the name stays. */
export function bell() { if (enabled) for (const [k, level] of [[1, 0.2], [2.01, 0.09], [2.98, 0.05], [4.2, 0.02]]) note(130.8 * k, 0, 3.4 / k ** 0.5, level); }

/** The lock of the box. */
export function punch() { if (enabled) { note(92, 0, 0.16, 0.22); tick(); } }
