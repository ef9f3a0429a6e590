/* <own-zone zone="Asia/Shanghai" at="ms" data-words="{time} where you are">15:34</own-zone>
   The event's zone rules its pages; a visitor whose clock shows another time reads theirs beside it. */
class OwnZone extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("small")) return;
    const at = Number(this.getAttribute("at")), there = this.told(at, this.getAttribute("zone")), here = this.told(at);
    if (!at || there === here) return;
    const note = document.createElement("small");
    note.className = "here num";
    note.textContent = this.dataset.words.replace("{time}", here);
    this.append(" ", note);
  }
  told(at, timeZone) {
    const day = (zone) => new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(at);
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
    if (timeZone || day() === day(this.getAttribute("zone"))) return clock;
    const name = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short" }).format(at);
    return `${name} ${clock}`; // another day there
  }
}
customElements.define("own-zone", OwnZone);
