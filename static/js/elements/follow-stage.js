/* <follow-stage version="3">: the remote. It reads again when another hand moved the stage, and reads before it pushes:
   without a network a press changes nothing, says so, and the first thing after the network's return is a look.
   `data-refused`: what is said when the server did not take a press, an old form for one. */
const REFUSED = "nextstop-refused"; // kept over the reading of the page, whose fresh form takes the next press

customElements.define("follow-stage", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("live:stage", ({ detail }) => { if (String(detail.version) !== this.getAttribute("version")) location.reload(); });
    for (const topic of ["programme", "questions"]) document.addEventListener(`live:${topic}`, () => this.soon());
    document.addEventListener("live:state", ({ detail }) => { if (detail.state === "off") this.lost(); });
    document.addEventListener("live:reconnect", () => location.reload());
    document.addEventListener("submit", (event) => this.press(event));
    setInterval(() => this.soon(), 30000);
    this.tell();
  }
  tell() {
    const since = Date.now() - Number(sessionStorage.getItem(REFUSED));
    sessionStorage.removeItem(REFUSED);
    if (since > 10000) return;
    const line = document.createElement("p");
    line.className = "notice warn"; line.textContent = this.dataset.refused;
    document.querySelector("[data-said]").replaceChildren(line);
  }
  lost() { this.off = true; document.body.classList.add("is-off"); }
  /* The clock, the cue and the delay move by themselves; the page is read again while nobody presses. */
  async soon() {
    if (this.sending) return;
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const version = page.querySelector("follow-stage")?.getAttribute("version");
      if (!version) return;
      if (this.off || version !== this.getAttribute("version")) { location.reload(); return; }
      for (const part of [".bar", ".cue", ".mirror"]) {
        const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
        if (old && fresh && old.innerHTML !== fresh.innerHTML) { old.innerHTML = fresh.innerHTML; old.hidden = fresh.hidden; }
      }
    } catch { this.lost(); }
  }
  async press(event) {
    if (event.defaultPrevented) return; // "it's you" over this page has its own answer
    event.preventDefault();
    if (this.sending) return;
    this.sending = true;
    try {
      const body = new FormData(event.target, event.submitter), limit = AbortSignal.timeout?.(8000);
      const answer = await fetch(event.target.action, { method: "POST", body, signal: limit, redirect: "manual" }); // a page read here would use up the message
      if (answer.type !== "opaqueredirect" && !answer.ok) sessionStorage.setItem(REFUSED, Date.now());
      location.reload();
    } catch { this.sending = false; this.lost(); }
  }
});
