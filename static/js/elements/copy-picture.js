/* <copy-picture data-done="Copied"><a><img></a><button hidden>Copy the picture</button></copy-picture>
   Puts the picture itself onto the clipboard, where the browser can; elsewhere holding it down saves it as always. */
class CopyPicture extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button"), image = this.querySelector("img");
    if (!navigator.clipboard?.write || !window.ClipboardItem) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const words = button.textContent;
      try {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": this.png(image) })]);
        button.textContent = this.dataset.done;
      } catch { location.href = image.src; }
      setTimeout(() => { button.textContent = words; }, 2000);
    });
  }
  /* Clipboards take PNG only. */
  async png(image) {
    const picture = await createImageBitmap(await (await fetch(image.src)).blob());
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }
}
customElements.define("copy-picture", CopyPicture);
