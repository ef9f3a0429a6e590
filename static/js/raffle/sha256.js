/* SHA-256 in plain JavaScript: `crypto.subtle` does not exist on plain http, and awaiting it 130 times is slow. */
const K = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
const START = Int32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);
const w = new Int32Array(64), BLOCK = 64;

/* Mix the block in w[0 … 15] into the state h. */
function compress(h) {
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3)) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10));
  }
  let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
  for (let i = 0; i < 64; i++) {
    const t1 = (k + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const t2 = (((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
  return h;
}

function bytesOf(words) {
  const out = new Uint8Array(32), view = new DataView(out.buffer);
  words.forEach((word, i) => view.setInt32(4 * i, word));
  return out;
}

/* The state after these bytes, of which `before` were hashed already: the end of the message. */
function finish(h, data, before = 0) {
  const length = before + data.length, padded = new Uint8Array(((data.length + 8) >> 6 << 6) + BLOCK), view = new DataView(padded.buffer);
  padded.set(data); padded[data.length] = 0x80;
  view.setUint32(padded.length - 8, Math.floor(length / 0x20000000));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  for (let offset = 0; offset < padded.length; offset += BLOCK) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(offset + 4 * i);
    compress(h);
  }
  return h;
}

/** The 32 bytes of SHA-256 over a Uint8Array. */
export const sha256 = (data) => bytesOf(finish(START.slice(), data));

/** 32 bytes of PBKDF2-HMAC-SHA256 with a password of at most 64 bytes: some hundred thousand iterations a second. */
export function pbkdf2(password, salt, iterations) {
  const keyed = (pad) => { // the state after the block of the key: the same in every iteration
    for (let i = 0; i < 16; i++) w[i] = [0, 1, 2, 3].reduce((word, k) => word << 8 | (pad ^ (password[4 * i + k] ?? 0)), 0);
    return compress(START.slice());
  };
  const inner = keyed(0x36), outer = keyed(0x5c), state = new Int32Array(8);
  const after = (key) => { // the hash of the key's block and the 32 bytes in `state`, into `state`
    w.set(state); w[8] = -0x80000000; w.fill(0, 9, 15); w[15] = 8 * (BLOCK + 32);
    state.set(key); compress(state);
  };
  state.set(finish(inner.slice(), Uint8Array.of(...salt, 0, 0, 0, 1), BLOCK)); after(outer);
  const out = state.slice();
  for (let i = 1; i < iterations; i++) {
    after(inner); after(outer);
    for (let k = 0; k < 8; k++) out[k] ^= state[k];
  }
  return bytesOf(out);
}
