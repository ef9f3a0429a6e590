/* <stage-clicker>: the host's clicker is a keyboard of the stage machine. Page Down or the right arrow shows the next
   scene, Page Up or the left arrow the one before, B or . black, Home or S the sign. It reads before it pushes: what the
   stage shows goes along as a version, and a press on an old picture is told again after a look.
   A scene with keys of its own (the draw) takes them first. */
const KEYS = { PageDown: "next", ArrowRight: "next", PageUp: "previous", ArrowLeft: "previous", b: "black", B: "black", ".": "black", Home: "safe", s: "safe", S: "safe" };

class StageClicker extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.stop.signal });
  }
  disconnectedCallback() { this.stop.abort(); }
  get scene() { return document.querySelector("stage-scene"); }
  key(event) {
    const what = KEYS[event.key];
    if (!what || event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const draw = document.querySelector("raffle-show") && !["PageUp", "Home", "b", "B", "."].includes(event.key);
    if (draw || event.target.closest?.("input, textarea, select")) return;
    event.preventDefault();
    this.press(what);
  }
  async press(what, again = true) {
    if (this.sending) return;
    this.sending = true;
    const scene = this.scene, body = new FormData(), cover = document.documentElement.dataset.cover || "";
    body.set("csrfmiddlewaretoken", scene.getAttribute("token"));
    body.set("clicker", "1"); body.set("version", scene.getAttribute("version"));
    if (what === "next" || what === "previous") body.set("move", what); else body.set("cover", cover === what ? "" : what);
    let answer = null;
    try { answer = await fetch(scene.getAttribute("show"), { method: "POST", body }); } catch { /* no network: the picture stays */ }
    this.sending = false;
    if (!answer) return;
    await scene.read();
    if (answer.status === 409 && again) await this.press(what, false);
  }
}
customElements.define("stage-clicker", StageClicker);
