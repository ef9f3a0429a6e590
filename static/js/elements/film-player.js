/* <film-player>: one big button, then the browser's own controls; any [data-seek] jumps to its second and plays. */
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
  }
  jump(second) {
    const go = () => { this.video.currentTime = second + 0.02; this.video.play(); };
    if (this.video.readyState >= 1) go(); else { this.video.addEventListener("loadedmetadata", go, { once: true }); this.video.load(); }
    this.video.scrollIntoView({ block: "nearest" });
  }
}
customElements.define("film-player", FilmPlayer);
