/* <keep-page worker="/…/worker.js">: this page opens without a network from now on, where the browser lets it. */
class KeepPage extends HTMLElement {
  async connectedCallback() {
    if (!navigator.serviceWorker) return; // plain http, private windows: the picture of the ticket remains
    try {
      const worker = this.getAttribute("worker");
      await navigator.serviceWorker.register(worker, { scope: new URL(".", new URL(worker, location.href)).pathname });
      const { active } = await navigator.serviceWorker.ready;
      const files = performance.getEntriesByType("resource").map(({ name }) => name);
      const linked = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((node) => node.href || node.src);
      active.postMessage({ keep: [...new Set([location.href.split(/[?#]/)[0], ...files, ...linked])] });
    } catch { /* refused: nothing is lost */ }
  }
}
customElements.define("keep-page", KeepPage);
