/* <film-player>: one big button, then the browser's own controls; any [data-seek] jumps to its second and plays.
   When its film is not there any more, it goes on with the one that the page names now. */
class FilmPlayer extends HTMLElement {
  connectedCallback() {
    this.video = this.querySelector("video");
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-seek], .playbtn");
      if (!button) return;
      if (button.dataset.seek !== undefined) this.jump(Number(button.dataset.seek));
      else this.video.play();
    });
    this.video.addEventListener("play", () => { this.classList.add("playing"); this.video.controls = true; });
    this.video.addEventListener("ended", () => { this.classList.remove("playing"); this.video.controls = false; });
    this.video.addEventListener("error", () => this.renew());
  }
  async renew() {
    let fresh;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("film-player");
    } catch { return; } // offline
    const next = fresh?.querySelector("video");
    if (!next || next.getAttribute("src") === this.video.getAttribute("src")) return; // it is broken, not replaced
    const at = this.video.currentTime, playing = this.classList.contains("playing"), around = (child) => !child.querySelector("video");
    for (const old of [...this.children].filter(around)) old.remove(); // the video itself stays: it may play without another press
    this.append(...[...fresh.children].filter(around));
    this.querySelector("figcaption").replaceWith(fresh.querySelector("figcaption"));
    this.video.poster = next.getAttribute("poster"); this.video.src = next.getAttribute("src");
    this.video.addEventListener("loadedmetadata", () => {
      this.video.currentTime = Math.min(at, this.video.duration || 0);
      if (playing) this.video.play();
    }, { once: true });
  }
  jump(second) {
    const go = () => { this.video.currentTime = second + 0.02; this.video.play(); };
    if (this.video.readyState >= 1) go(); else { this.video.addEventListener("loadedmetadata", go, { once: true }); this.video.load(); }
    this.video.scrollIntoView({ block: "nearest" });
  }
}
customElements.define("film-player", FilmPlayer);
