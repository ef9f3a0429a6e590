/* <vote-button question="12"><form><button class="vote"><b>7</b></button></form></vote-button>
   A vote stands at once; a press takes it back; what the server refuses or never hears is undone and said.
   Counts of others come with the message "votes" and are written in place: nobody reads the page again. */
class VoteButton extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form"); this.button = this.querySelector("button"); this.count = this.querySelector("b");
    this.stop = new AbortController();
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.press(); });
    document.addEventListener("live:votes", ({ detail }) => this.heard(detail.counts || {}), { signal: this.stop.signal });
  }
  disconnectedCallback() { this.stop.abort(); }
  get stands() { return this.button.getAttribute("aria-pressed") === "true"; }

  /* The newest press wins: while one answer is under way the next one waits for it. */
  async press() {
    this.show(!this.stands);
    if (this.sending) return;
    this.sending = true;
    let kept = !this.stands; // what the server has
    try {
      while (kept !== this.stands) {
        const wanted = this.stands, body = new FormData(this.form);
        body.set("stands", wanted ? "1" : "0");
        const answer = await fetch(this.form.action, { method: "POST", body, headers: { "X-Fragment": "1" }, signal: AbortSignal.timeout?.(8000) });
        if (!answer.ok) throw new Error(answer.status);
        kept = wanted;
      }
      this.say("");
    } catch { if (kept !== this.stands) this.show(kept); this.say(this.dataset.failed); }
    this.sending = false;
  }

  show(stands) {
    this.button.setAttribute("aria-pressed", String(stands));
    this.button.classList.toggle("on", stands);
    this.count.textContent = Math.max(0, Number(this.count.textContent) + (stands ? 1 : -1));
  }
  heard(counts) {
    const count = counts[this.getAttribute("question")];
    if (count !== undefined && !this.sending) this.count.textContent = count;
  }
  say(text) {
    let note = this.parentElement.querySelector(".votenote");
    if (!text) { note?.remove(); return; }
    if (!note) { note = Object.assign(document.createElement("p"), { className: "votenote small" }); note.setAttribute("role", "status"); this.parentElement.append(note); }
    note.textContent = text;
  }
}
customElements.define("vote-button", VoteButton);
