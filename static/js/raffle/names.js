/* A name on split flaps: one character a flap, every flap as wide as the widest needs, in as few lines as stay large.
   A script that is written from right to left, or whose letters join, stays whole on one flap. Sizes in em. */
const JOINED = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Mongolian}]/u;
const SANS = '"Helvetica Neue",-apple-system,"PingFang SC","HarmonyOS Sans SC","MiSans","Noto Sans CJK SC","Microsoft YaHei",Arial,sans-serif';
const GAP = 0.05, HIGH = 1.38, MOST_LINES = 3;
let ruler = null;

export const letters = (text) => (Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(text), (part) => part.segment) : [...text]);

function wide(text) {
  if (!ruler) { ruler = document.createElement("canvas").getContext("2d"); ruler.font = `700 100px ${SANS}`; }
  return ruler.measureText(text).width / 100;
}

/* Lines of about the same length, broken between words where that fits, else anywhere. */
function broken(parts, count) {
  const lines = [];
  let rest = parts;
  for (let left = count; left > 0 && rest.length; left -= 1) {
    const most = Math.ceil(rest.length / left);
    const space = left > 1 ? rest.slice(0, most + 3).lastIndexOf(" ") : -1, cut = space > most / 2 ? space : most;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut + (space === cut || rest[cut] === " " ? 1 : 0));
  }
  return lines;
}

/** What is written of a name on a flap whose letters do not stand alone, and how large: `{size, lines: [text, …]}`. It
    shrinks from `size` to `least`, then stands on two lines, then is cut after a whole letter; `number` stays below a cut
    one where there is room, so that two of them can be told apart. `wide(text)` is the width of a text at 1 px. */
export function written(name, { width, height, size, least, number = "", wide: measure }) {
  const fits = (lines) => Math.min(size, height / (lines.length * 1.16), ...lines.map((line) => width / (measure(line) || 1)));
  const one = Math.min(size, width / (measure(name) || 1));
  if (one >= least) return { size: one, lines: [name] };
  const parts = letters(name), two = broken(parts, 2).map((line) => line.join(""));
  if (two.length === 2 && fits(two) >= least) return { size: fits(two), lines: two };
  const room = height >= 2 * 1.16 * least && number;
  const cut = (count) => `${parts.slice(0, count).join("").trimEnd()}…`;
  let count = parts.length - 1;
  while (count > 1 && measure(cut(count)) * least > width) count -= 1;
  const lines = room ? [cut(count), number] : [cut(count)];
  return { size: Math.min(least, fits(lines)), lines };
}

/** `{lines: [[cell, …], …], size, cell}`: what stands on the flaps and how large (rem) it may be in this box. */
export function fitted(name, { width, height }) {
  if (JOINED.test(name)) {
    const cell = wide(name) + 0.3;
    return { lines: [[name]], size: Math.min(height / HIGH, width / cell), cell, whole: true };
  }
  const parts = letters(name), widest = Math.max(...parts.map(wide)), cell = Math.max(widest > 0.9 ? 1.14 : 0.74, widest + 0.12);
  let best = null;
  for (let count = 1; count <= Math.min(MOST_LINES, Math.max(1, Math.floor(parts.length / 2))); count += 1) {
    const lines = broken(parts, count), longest = Math.max(...lines.map((line) => line.length));
    const size = Math.min(height / (lines.length * HIGH), width / (longest * (cell + GAP)));
    if (!best || size > best.size * 1.15) best = { lines, size, cell, whole: false };
  }
  return best;
}

/** The flaps as an element that a screen reader hears once. */
export function flaps(name, box) {
  const { lines, size, cell, whole } = fitted(name, box), root = document.createElement("div");
  root.className = `wname flaps${lines.length > 1 ? " lines" : ""}`;
  root.setAttribute("role", "img"); root.setAttribute("aria-label", name);
  root.style.fontSize = `${Math.floor(size * 100) / 100}rem`; root.style.setProperty("--cell", `${cell}em`);
  lines.flat().forEach((part, k) => {
    const flap = root.appendChild(document.createElement("span"));
    flap.textContent = part; flap.style.animationDelay = `${Math.min(k, 8) * 0.16}s`;
    if (whole) flap.dir = "auto";
  });
  let end = 0;
  for (const line of lines.slice(0, -1)) { end += line.length; root.children[end].before(document.createElement("i")); end += 1; } // a line ends here
  return root;
}
