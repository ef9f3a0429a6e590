/* <keep-page-no-more pages="/…/ /…/">: these pages, and those below them, no longer open without a network: this phone does not know the person. */
class KeepPageNoMore extends HTMLElement {
  async connectedCallback() {
    try {
      const pages = this.getAttribute("pages").split(" ");
      for (const name of await caches.keys()) {
        if (pages.some((page) => name.startsWith(`kept ${page}`))) await caches.delete(name); // as ui/page_worker.js names it
      }
    } catch { /* plain http, private windows: nothing was kept */ }
  }
}
customElements.define("keep-page-no-more", KeepPageNoMore);
