/* Words and numbers on the stage. */

/** A Chinese name breaks between words, never inside one. */
export function title(node, text) {
  if (node.textContent === text) return;
  const parts = Intl.Segmenter ? Array.from(new Intl.Segmenter(undefined, { granularity: "word" }).segment(text), (part) => part.segment) : [text];
  node.replaceChildren(...parts.flatMap((part) => [part, document.createElement("wbr")]));
}

/** Split flaps: only the digits that changed fall. */
export function count(node, value) {
  const digits = String(value).padStart(value > 999 ? 4 : 3, "0");
  if (node.dataset.value === digits) return;
  node.dataset.value = digits; node.setAttribute("aria-label", String(value));
  while (node.children.length > digits.length) node.lastChild.remove();
  [...digits].forEach((digit, k) => {
    const old = node.children[k];
    if (old?.textContent === digit) return;
    const cell = document.createElement("span"); cell.textContent = digit; cell.className = "turn";
    if (old) old.replaceWith(cell); else node.append(cell);
  });
}
