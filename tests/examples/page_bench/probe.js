// Runs before the page's own scripts and writes down what the page costs. It only counts and reads: what it
// does itself in a frame is a few microseconds.
(() => {
  const probe = (window.probe = {
    on: false, // whether frames are written down
    frames: [], // times between two frames, in ms
    tasks: [], // tasks above 50 ms, in ms
    longFrames: [], // frames above 50 ms, in ms
    heard: [], // ms from an event's publish to its arrival on the socket
    painted: [], // ms from an event's publish to the frame that shows its row
    firstFrame: 0, // ms from the navigation
    firstRow: 0,
    sockets: 0,
    events: 0, // on all sockets
    holes: 0, // events that do not name the one before them
    lastSeq: 0,
    lastRow: 0, // seq of the newest row that was painted
    memory: null, // of the WebAssembly module
  });

  const now = () => performance.timeOrigin + performance.now();
  // Texts of measured events say when they were published: @<microseconds since the epoch>@.
  const age = (text) => {
    const sent = /@(\d+)@/.exec(text);
    return sent && now() - Number(sent[1]) / 1000;
  };

  let before = 0;
  const { port1, port2 } = new MessageChannel();
  const frame = (at) => {
    if (probe.on && before) probe.frames.push(at - before);
    before = at;
    port2.postMessage(0); // handled after the frame is painted
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  port1.onmessage = () => {
    probe.firstFrame ||= performance.now();
    const rows = document.querySelectorAll('[data-testid="feed-row"]');
    if (!rows.length) return;
    probe.firstRow ||= performance.now();
    const last = probe.lastRow;
    for (let i = rows.length - 1; i >= 0; i--) {
      const seq = Number(rows[i].dataset.seq);
      if (!(seq > last)) break;
      probe.lastRow = Math.max(probe.lastRow, seq);
      const ms = probe.on && age(rows[i].textContent);
      if (ms) probe.painted.push(ms);
    }
  };

  const durations = (type, into) =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) into.push(entry.duration);
    }).observe({ type, buffered: true });
  durations('longtask', probe.tasks);
  durations('long-animation-frame', probe.longFrames);

  const heard = ({ data }) => {
    if (typeof data !== 'string' || !data.startsWith('{"type":"event"')) return;
    const [, seq, prev] = /"seq":(\d+),"prev":(\d+)/.exec(data).map(Number);
    probe.events += 1;
    if (probe.lastSeq && prev !== probe.lastSeq) probe.holes += 1;
    probe.lastSeq = seq;
    const ms = probe.on && age(data);
    if (ms) probe.heard.push(ms);
  };
  window.WebSocket = class extends WebSocket {
    constructor(...words) {
      super(...words);
      probe.sockets += 1;
      probe.lastSeq = 0;
      this.addEventListener('message', heard);
    }
  };

  for (const name of ['instantiate', 'instantiateStreaming']) {
    const make = WebAssembly[name];
    WebAssembly[name] = async (...words) => {
      const made = await make.apply(WebAssembly, words);
      // Whatever its name: the release build has short ones.
      const isMemory = (one) => one instanceof WebAssembly.Memory;
      probe.memory = Object.values((made.instance ?? made).exports).find(isMemory) ?? probe.memory;
      return made;
    };
  }
})();
