/* Live updates: one stream a page. Dispatches "live:<topic>" on the document with the payload as detail, and
   "live:reconnect" when something may have been missed: whoever shows state then reads it again. */
const event = document.documentElement.dataset.event;
const POLL_MS = 5000;
let source, failures = 0, seq = null, polling = null;

/** Milliseconds to add to Date.now() to get the server's clock. */
export let clockOffset = 0;

export function serverNow() { return Date.now() + clockOffset; }

function tell(topic, detail) {
  document.dispatchEvent(new CustomEvent(`live:${topic}`, { detail }));
}

function state(name) {
  document.documentElement.dataset.live = name;
  tell("state", { state: name });
}

function open() {
  if (!event || source) return;
  source = new EventSource(`/live/${event}/${seq === null ? "" : `?since=${seq}`}`);
  source.addEventListener("hello", (message) => {
    const { seq: newest, now } = JSON.parse(message.data);
    clockOffset = now - Date.now();
    const again = failures > 0;
    failures = 0; seq = newest; stopPolling(); state("on");
    if (again) tell("reconnect", {});
  });
  source.addEventListener("reset", () => tell("reconnect", {}));
  source.onerror = () => {
    failures += 1; state("off");
    if (source.readyState === EventSource.CLOSED || failures > 3) { close(); poll(); setTimeout(open, 15000 + Math.random() * 15000); }
  };
  for (const topic of topics) listen(topic);
}

function close() { if (source) { source.close(); source = null; } }

const topics = new Set(["stage", "programme", "questions", "votes", "poll", "door", "train", "raffle", "draw", "teams", "clips", "film", "you", "ice", "jobs"]);
function listen(topic) {
  source.addEventListener(topic, (message) => {
    if (message.lastEventId) seq = Number(message.lastEventId);
    tell(topic, JSON.parse(message.data));
  });
}

/* Networks that cut streams: ask for the newest number instead, and read again when it moved. */
function poll() {
  if (polling) return;
  polling = setInterval(async () => {
    try {
      const answer = await fetch(`/live/${event}/since`, { cache: "no-cache" });
      const { seq: newest, now } = await answer.json();
      clockOffset = now - Date.now(); state("polling");
      if (newest !== seq) { seq = newest; tell("reconnect", {}); }
    } catch { state("off"); }
  }, POLL_MS);
}
function stopPolling() { clearInterval(polling); polling = null; }

addEventListener("pagehide", close);
addEventListener("pageshow", (e) => { if (e.persisted) { failures = 1; open(); } });
addEventListener("online", () => { close(); failures = 1; open(); });
open();
