/* Each answer has its own tune and its own buzz: the crew hears it without looking. */
const TUNES = { // [frequency in Hz, seconds]
  ok: [[880, 0.07], [1319, 0.11]], saved: [[880, 0.09]], undone: [[660, 0.07], [440, 0.1]],
  already: [[330, 0.16], [330, 0.16]], waiting: [[523, 0.12], [392, 0.16]],
  cancelled: [[220, 0.4]], other: [[262, 0.12], [208, 0.12], [165, 0.2]], unknown: [[180, 0.14], [180, 0.14], [180, 0.14]],
};
const BUZZ = { ok: [40], saved: [40, 40, 40], already: [120, 60, 120] };
let audio;

/* Phones let a page make sounds only after a touch, and silence it again after a call: every touch wakes it. */
function wake() {
  try {
    audio ||= new AudioContext();
    if (audio.state !== "running") audio.resume().catch(() => {});
  } catch { /* a silent phone */ }
}
for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { passive: true });

export function play(answer) {
  navigator.vibrate?.(BUZZ[answer] || [200, 80, 200]);
  try {
    wake();
    let at = audio.currentTime;
    for (const [hertz, seconds] of TUNES[answer] || TUNES.unknown) {
      const tone = audio.createOscillator(), gain = audio.createGain();
      tone.frequency.value = hertz; gain.gain.setValueAtTime(0.08, at); gain.gain.linearRampToValueAtTime(0, at + seconds);
      tone.connect(gain); gain.connect(audio.destination); tone.start(at); tone.stop(at + seconds);
      at += seconds + 0.04;
    }
  } catch { /* a silent phone: colour, icon and word remain */ }
}
