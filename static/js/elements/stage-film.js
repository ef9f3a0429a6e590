/* <stage-film src data-sound="Press for sound">: loads the whole film first, shows the title for four seconds, then
   nothing but film. The network may go away during the premiere: the bytes are here. A browser that refuses sound until
   somebody has pressed something plays without it, says so in the corner, and has its sound with the first press. */
const TITLE_MS = 4000;
const COVERS = ["b", "B", ".", "s", "S", "Home"]; // who presses these wants the film covered, not heard
const SIGN = { color: "#f4efe2", background: "rgb(8 12 10 / .72)", padding: ".5em 1em", borderRadius: ".5em", fontSize: "2.25rem" };

class StageFilm extends HTMLElement {
  async connectedCallback() {
    this.gone = false;
    const address = this.getAttribute("src");
    if (!address) { document.addEventListener("live:film", this.again = () => this.closest("stage-scene")?.read()); return; }
    const video = this.querySelector("video");
    const title = new Promise((ready) => setTimeout(ready, TITLE_MS));
    let bytes = null;
    while (!bytes && !this.gone) {
      try { bytes = await this.load(address); } catch { await new Promise((wait) => setTimeout(wait, 1500)); }
    }
    if (this.gone) return;
    this.url = URL.createObjectURL(bytes);
    video.src = this.url;
    await title;
    if (this.gone) return;
    this.classList.add("showing");
    video.addEventListener("ended", () => { this.classList.remove("showing"); this.sounds(true); });
    video.addEventListener("click", () => { if (!this.silent) video.paused ? video.play() : video.pause(); });
    await this.play(video);
  }
  /* With sound, or without it and with the sign. */
  async play(video) {
    video.muted = false;
    try { await video.play(); this.sounds(true); } catch {
      if (this.gone) return;
      video.muted = true; this.sounds(false);
      await video.play().catch(() => {});
    }
  }
  sounds(heard) {
    const said = this.querySelector(".filmload");
    said.textContent = heard ? "" : this.dataset.sound; said.removeAttribute("style");
    if (!heard) Object.assign(said.style, SIGN);
    if (heard === !this.silent) return;
    this.silent?.abort(); this.silent = null;
    if (heard) return;
    const { signal } = this.silent = new AbortController();
    for (const kind of ["click", "keydown"]) document.addEventListener(kind, (event) => this.pressed(event), { signal, capture: true });
  }
  pressed(event) { // this press is for the sound: it neither pauses the film nor shows the next scene
    if (event.key && (COVERS.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.key === "Shift")) return;
    event.preventDefault(); event.stopPropagation();
    this.play(this.querySelector("video"));
  }
  disconnectedCallback() {
    this.gone = true;
    this.silent?.abort();
    if (this.again) document.removeEventListener("live:film", this.again);
    if (this.url) URL.revokeObjectURL(this.url);
  }
  async load(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    const all = Number(answer.headers.get("Content-Length")), parts = [], reader = answer.body.getReader();
    const said = this.querySelector(".filmload");
    let have = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value); have += value.length;
      if (said && all) said.textContent = `${Math.floor(100 * have / all)} %`;
    }
    if (all && have !== all) throw new Error("cut");
    if (said) said.textContent = "";
    return new Blob(parts, { type: "video/mp4" });
  }
}
customElements.define("stage-film", StageFilm);
