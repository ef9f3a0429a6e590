/* <stage-film src>: loads the whole film first, shows the title for four seconds, then nothing but film. The network
   may go away during the premiere: the bytes are here. A browser that refuses sound plays without it. */
const TITLE_MS = 4000;

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
    try { await video.play(); } catch { video.muted = true; await video.play().catch(() => {}); }
    video.addEventListener("ended", () => this.classList.remove("showing"));
    video.addEventListener("click", () => (video.paused ? video.play() : video.pause()));
  }
  disconnectedCallback() {
    this.gone = true;
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
