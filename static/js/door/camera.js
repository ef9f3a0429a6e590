/* The camera: BarcodeDetector where the browser has one, else frames decoded on the server, else a photo. */
const LOOK_MS = 120, FRAME_MS = 700, PHOTO_SIDE = 1600;

export class Camera {
  /** `on.seen(code)` for every code in view; `on.decode(blob)` asks the server and gives a code or null; `on.blind(yes)`
      when the server that reads the frames is out of reach, and back; `on.gone()` when the phone takes the camera away. */
  constructor(video, on, facing = "environment") { Object.assign(this, { video, on, facing }); }

  /** True when the camera runs; a photo is asked for where the browser gives no camera. */
  async open() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: this.facing, width: { ideal: 1280 } } });
      this.video.srcObject = stream; this.video.hidden = false;
      await this.video.play();
      [this.track] = stream.getVideoTracks();
    } catch { this.photo(); return false; }
    this.track.addEventListener("ended", () => { this.close(); this.on.gone(); }); // a call, a locked screen
    const formats = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
    this.detector = formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
    this.awake = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); };
    document.addEventListener("visibilitychange", this.awake); // a hidden page loses the lock
    this.awake();
    this.look();
    return true;
  }

  get hasTorch() { return Boolean(this.track?.getCapabilities?.().torch); }
  torch() { this.lit = !this.lit; this.track.applyConstraints({ advanced: [{ torch: this.lit }] }).catch(() => {}); }

  close() { this.track?.stop(); this.video.hidden = true; this.closed = true; document.removeEventListener("visibilitychange", this.awake); }

  async look() {
    if (this.closed) return;
    try {
      if (this.detector) { const [code] = await this.detector.detect(this.video); if (code) this.on.seen(code.rawValue); }
      else if (!document.hidden) { const code = await this.on.decode(await this.frame()); this.on.blind(false); if (code) this.on.seen(code); }
    } catch { if (!this.detector) this.on.blind(true); }
    setTimeout(() => this.look(), this.detector ? LOOK_MS : FRAME_MS);
  }

  frame() { return smaller(this.video, this.video.videoWidth, this.video.videoHeight, 960, 0.8); }

  photo() {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", capture: "environment" });
    input.addEventListener("change", async () => {
      const [file] = input.files;
      try { this.on.seen((file && await this.on.decode(await shrunk(file))) || ""); this.on.blind(false); } catch { this.on.blind(true); }
    });
    input.click();
  }
}

/* A phone's photo has ten megabytes, the venue's network has not. */
async function shrunk(file) {
  try {
    const picture = await createImageBitmap(file);
    return await smaller(picture, picture.width, picture.height, PHOTO_SIDE, 0.85) || file;
  } catch { return file; }
}

function smaller(source, w, h, side, quality) {
  const scale = Math.min(1, side / (Math.max(w, h) || side));
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round((w || side) * scale), height: Math.round((h || side) * scale) });
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
}
