/* The camera: BarcodeDetector where the browser has one, else frames decoded on the server, else a photo. */
const LOOK_MS = 120, FRAME_MS = 700;

export class Camera {
  /** `seen(code)` is called for every code in view; `decode(blob)` asks the server and gives a code or null. */
  constructor(video, seen, decode, facing = "environment") { Object.assign(this, { video, seen, decode, facing }); }

  /** True when the camera runs; a photo is asked for where the browser gives no camera. */
  async open() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: this.facing, width: { ideal: 1280 } } });
      this.video.srcObject = stream; this.video.hidden = false;
      await this.video.play();
      [this.track] = stream.getVideoTracks();
    } catch { this.photo(); return false; }
    const formats = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
    this.detector = formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
    navigator.wakeLock?.request("screen").catch(() => {});
    this.look();
    return true;
  }

  get hasTorch() { return Boolean(this.track?.getCapabilities?.().torch); }
  torch() { this.lit = !this.lit; this.track.applyConstraints({ advanced: [{ torch: this.lit }] }).catch(() => {}); }

  close() { this.track?.stop(); this.closed = true; }

  async look() {
    if (this.closed) return;
    try {
      if (this.detector) { const [code] = await this.detector.detect(this.video); if (code) this.seen(code.rawValue); }
      else if (!document.hidden) { const code = await this.decode(await this.frame()); if (code) this.seen(code); }
    } catch { /* a blurred frame, or no network for the server to read it */ }
    setTimeout(() => this.look(), this.detector ? LOOK_MS : FRAME_MS);
  }

  frame() {
    const { videoWidth: w, videoHeight: h } = this.video;
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: Math.round(640 * h / (w || 640)) });
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  }

  photo() {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", capture: "environment" });
    input.addEventListener("change", async () => {
      try { const code = input.files[0] && await this.decode(input.files[0]); this.seen(code || ""); } catch { this.seen(""); }
    });
    input.click();
  }
}
