/* <follow-stage version="3">: the remote. It reads again when another hand moved the stage, and reads before it pushes:
   without a network a press changes nothing, says so, and the first thing after the network's return is a look. */
customElements.define("follow-stage", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("live:stage", ({ detail }) => { if (String(detail.version) !== this.getAttribute("version")) location.reload(); });
    for (const topic of ["programme", "questions"]) document.addEventListener(`live:${topic}`, () => this.soon());
    document.addEventListener("live:state", ({ detail }) => { if (detail.state === "off") this.lost(); });
    document.addEventListener("live:reconnect", () => location.reload());
    document.addEventListener("submit", (event) => this.press(event));
    setInterval(() => this.soon(), 30000);
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
    event.preventDefault();
    if (this.sending) return;
    this.sending = true;
    try {
      const body = new FormData(event.target, event.submitter), limit = AbortSignal.timeout?.(8000);
      await fetch(event.target.action, { method: "POST", body, signal: limit, redirect: "manual" }); // a page read here would use up the message
      location.reload();
    } catch { this.sending = false; this.lost(); }
  }
});
