/* <head-marks numbers="12 5 63 1">: the head of the log as four pictograms, the same on the stage, on every phone and on
   the proof: eight outlines times eight marks, so that two people can compare them across a room. */
export const OUTLINES = [
  "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "M4 4h16v16H4z", "M12 3 22 20H2z", "M12 2 22 12 12 22 2 12z",
  "M7 3h10l5 9-5 9H7l-5-9z", "M12 2.5 20 6v6c0 5-3.5 8-8 9.5C7.500 20 4 17 4 12V6z", "M2 6h14l6 6-6 6H2z", "M2 12a10 8 0 0 1 20 0v8H2z",
];
export const MARKS = [
  "M12 11.200v1.600", "M8 13h8", "M12 9v8M8 13h8", "M9 10l6 6M15 10l-6 6",
  "M8 15l4-4 4 4", "M8.500 13h.1M15.500 13h.1", "M9 10v6M15 10v6", "M8 11h8M8 15h8",
];
const SVG = "http://www.w3.org/2000/svg";

class HeadMarks extends HTMLElement {
  static observedAttributes = ["numbers"];

  connectedCallback() { this.setAttribute("role", "img"); this.attributeChangedCallback(); }

  attributeChangedCallback() {
    const numbers = (this.getAttribute("numbers") || "").split(/\s+/).filter(Boolean).map(Number);
    this.setAttribute("aria-label", numbers.join(" "));
    this.replaceChildren(...numbers.map((number) => {
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("viewBox", "0 0 24 24"); svg.setAttribute("class", "i mark");
      for (const [d, width] of [[OUTLINES[number >> 3 & 7], "1.75"], [MARKS[number & 7], "2.5"]]) {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", d); path.setAttribute("stroke-width", width); svg.append(path);
      }
      return svg;
    }));
  }
}
customElements.define("head-marks", HeadMarks);
