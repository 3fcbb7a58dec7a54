// Plays a recording to the widget as if a relay sent it. Runs in an exported file, which can import nothing:
// the build puts the widget's own script in the place of this line.
import { initSync, mount } from "./widget.js";

const read = (id) => document.getElementById(id).textContent;
const { channel, events } = JSON.parse(read("recording"));
const el = (id) => document.getElementById(id);

/** Where the recording begins: the widget is told that it knows all before. */
const base = events[0]?.prev ?? 0;

/** How many events the widget has been told, and its socket. */
let told = 0;
let socket;
/** How many it is to know. */
let wanted = events.length;

/** Stands for the relay: answers what a link says, and brings the events up to where the bar is. */
globalThis.WebSocket = class {
  bufferedAmount = 0;

  constructor() {
    socket = this;
    setTimeout(() => this.onopen?.({}));
  }

  send(text) {
    const frame = JSON.parse(text);
    if (frame.type === "hello") this.#welcome();
    if (frame.type === "ping") this.say({ type: "pong", now: Date.now() });
    if (frame.type === "subscribe") this.#subscribed(frame);
  }

  close() {}

  say(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  #welcome() {
    this.say({
      type: "welcome",
      protocol: 1,
      connection: "recording",
      member: "reader",
      access: ["watch"],
      relay: { name: "recording", version: "" },
      ping_every_ms: 25_000,
      max_frame_bytes: 262_144,
      now: events.at(-1)?.at ?? Date.now(),
    });
  }

  #subscribed({ ref, after }) {
    const position = { epoch: "recording", seq: base };
    const rest = { head: base, floor: base + 1, snapshot: {}, events: [], signals: [] };
    this.say({ type: "subscribed", ref, channel, position, ...rest, ...(after && { recovered: false }) });
    told = 0;
    tell();
  }
};

/** Tells what is missing up to `wanted`; for what is to be forgotten the widget asks from the beginning. */
function tell() {
  if (!socket) return;
  if (wanted < told) {
    socket.say({ type: "unsubscribed", channel, reason: "resync" });
    return;
  }
  for (; told < wanted; told += 1) {
    const before = told ? events[told - 1].seq : base;
    const event = events[told];
    // What the reader may not see, or is no longer kept, is not in the recording.
    if (event.prev > before) socket.say({ type: "skipped", channel, seq: event.prev, prev: before });
    socket.say({ type: "event", channel, ...event, prev: Math.max(event.prev, before) });
  }
}

const [bar, play, speed, clock] = ["bar", "play", "speed", "clock"].map(el);
let timer;

function move(to) {
  wanted = Math.max(0, Math.min(events.length, to));
  bar.value = String(wanted);
  const last = events[wanted - 1];
  clock.textContent = last ? `${new Date(last.at).toLocaleString()} · ${wanted} of ${events.length}` : "Before the first event";
  bar.setAttribute("aria-valuetext", clock.textContent);
  tell();
}

function stop() {
  clearTimeout(timer);
  timer = undefined;
  play.textContent = "Play";
}

/** Waits as long as it took then; what took longer than two seconds is cut to that. */
function step() {
  if (wanted >= events.length) return stop();
  const waited = wanted ? events[wanted].at - events[wanted - 1].at : 0;
  timer = setTimeout(() => {
    move(wanted + 1);
    step();
  }, Math.min(2_000, Math.max(0, waited)) / Number(speed.value));
}

play.onclick = () => {
  if (timer) return stop();
  play.textContent = "Pause";
  if (wanted >= events.length) move(0);
  step();
};
bar.max = String(events.length);
bar.oninput = () => {
  stop();
  move(Number(bar.value));
};

const bytes = Uint8Array.from(atob(read("module")), (letter) => letter.charCodeAt(0));
const sheet = new CSSStyleSheet();
sheet.replaceSync(read("style"));
const shadow = el("widget").attachShadow({ mode: "open" });
shadow.adoptedStyleSheets = [sheet];
const root = document.createElement("div");
root.setAttribute("part", "root");
shadow.append(root);
initSync({ module: bytes });
mount(root, { channel, relay: "recording" });
move(events.length);
