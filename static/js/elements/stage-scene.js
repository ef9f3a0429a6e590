/* <stage-scene src="/stage/<event>/scene/" version="3" scene="welcome">fragment</stage-scene>
   The one element on the stage: swaps the scene when its version moves. A part with data-keep="…" (a film that runs)
   stays as it is while the version does, and while what comes has the same mark: under a cover, under another host. An
   element with follow(dataset) hears what would have come instead of it. */
class StageScene extends HTMLElement {
  connectedCallback() {
    this.wear();
    document.addEventListener("live:stage", (message) => this.changed(message.detail));
    document.addEventListener("live:reconnect", () => this.read());
    for (const topic of ["train", "ice"]) document.addEventListener(`live:${topic}`, () => this.parts(topic));
    setInterval(() => { this.parts("ice"); this.parts("board"); }, 15000); // cards and codes change by themselves
    setInterval(() => this.read(true), 10000); // a sign of life for the dashboard, and a net under the stream
  }
  changed({ version }) { if (String(version) !== this.getAttribute("version")) this.read(); }
  async read(quiet = false) {
    try {
      const started = performance.now();
      const headers = { "X-Stage-Version": this.getAttribute("version"), "X-Stage-Lag": String(this.lag ?? "") };
      const answer = await fetch(this.getAttribute("src"), { headers });
      this.lag = Math.round(performance.now() - started);
      if (!answer.ok || answer.redirected) return;
      const version = answer.headers.get("X-Stage-Version");
      document.documentElement.dataset.cover = answer.headers.get("X-Stage-Cover") || "";
      const kept = this.querySelector("[data-keep]");
      if (version === this.getAttribute("version") && (quiet || kept)) return;
      const html = await answer.text();
      this.setAttribute("version", version);
      const coming = kept && new DOMParser().parseFromString(html, "text/html").querySelector("[data-keep]");
      if (coming && coming.dataset.keep === kept.dataset.keep) { kept.follow?.(coming.dataset); return; }
      this.innerHTML = html;
      this.wear();
    } catch { document.documentElement.dataset.live = "off"; }
  }
  /* What moves inside a scene (windows that light, a count) is exchanged in place: the train goes on rolling. */
  async parts(topic) {
    const root = this.querySelector(`[data-parts~="${topic}"]`);
    if (!root) return;
    try {
      const fresh = new DOMParser().parseFromString(await (await fetch(this.getAttribute("src"))).text(), "text/html");
      for (const node of root.querySelectorAll("[data-part]")) {
        const found = fresh.querySelector(`[data-part="${node.dataset.part}"]`);
        if (found && found.innerHTML !== node.innerHTML) node.innerHTML = found.innerHTML;
      }
    } catch { /* the next sign of life reads again */ }
  }
  wear() {
    const root = this.querySelector("[data-scene-class]");
    if (root) document.body.className = `pg-stage ${root.dataset.sceneClass}`;
  }
}
customElements.define("stage-scene", StageScene);
