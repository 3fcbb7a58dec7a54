// Pilothouse's loader: defines <pilothouse-widget> at once, and brings the rest when the first one is seen.
const HOME = new URL(".", import.meta.url);
const at = (name) => new URL(`embed/${name}`, HOME);
const NAMES = ["channel", "relay", "token", "theme", "density", "features"];

/** Once for the whole page, however many widgets: a second call would make a second instance. */
const once = (make) => {
  let made;
  return () =>
    (made ??= make().catch((error) => {
      made = undefined;
      throw error;
    }));
};

const instance = once(async () => {
  const module = await import(at("widget.js"));
  await module.default({ module_or_path: at("widget.wasm") });
  addEventListener("error", ({ error }) => fault(error));
  addEventListener("unhandledrejection", ({ reason }) => fault(reason));
  return module;
});

/** A fault of the module's own ends it, and all widgets with it. The page may have modules with faults of theirs. */
const fault = (error) => {
  const isOurs = error instanceof WebAssembly.RuntimeError && error.stack.includes(at("widget"));
  if (isOurs) shown.forEach((widget) => widget.fault());
};

const sheet = once(async () => {
  const answer = await fetch(at("widget.css"));
  if (!answer.ok) throw new Error(`widget.css: ${answer.status}`);
  return new CSSStyleSheet().replace(await answer.text());
});

const shown = new Set();

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) target.begin();
});

/** The browser's permission to reach an address that is not public; none is needed between two such. */
const permissionFor = (host) => {
  if (/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(host)) return "loopback-network";
  if (/^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[f[cde])|\.local$/.test(host)) return "local-network";
};

const permission = async (relay) => {
  const name = permissionFor(relay.hostname);
  if (!name || permissionFor(location.hostname)) return;
  for (const known of [name, "local-network-access"]) {
    try {
      return await navigator.permissions.query({ name: known });
    } catch {
      // A browser that does not know the name asks nobody, or has the older one.
    }
  }
};

const BEFORE = new CSSStyleSheet();
BEFORE.replaceSync(
  ":host{display:block}:host([hidden]){display:none}[part~=root]{min-height:12rem}.wait{padding:1rem;font:1rem/1.45 system-ui}.wait>*{margin:0 0 .75rem}.wait>button{min-height:2.75rem;padding:0 1rem;font:inherit}",
);

const el = (tag, text = "") => Object.assign(document.createElement(tag), { textContent: text });

class PilothouseWidget extends HTMLElement {
  static observedAttributes = ["channel", "relay", "token"];
  #root = el("div");
  #handle;
  #turn = 0;
  #may = false;
  #state = "idle";
  #was = false;
  #note;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [BEFORE];
    this.#root.setAttribute("part", "root");
    const slot = (name) => Object.assign(el("slot"), { name });
    shadow.append(slot("header"), this.#root, slot("footer"));
  }

  connectedCallback() {
    if (this.#handle) return;
    for (const name of ["channel", "relay", "token"]) this.#adopt(name);
    this.#say("Loading the channel …");
    seen.observe(this);
  }

  /** A move takes it away and puts it back at once: only what stays away is gone. */
  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#end());
  }

  attributeChangedCallback(_, before, now) {
    if (before === now || !shown.has(this)) return;
    this.#end();
    this.connectedCallback();
  }

  /** Where the link stands: idle, connecting, replaying, live, waiting or stopped. */
  get state() {
    return this.#state;
  }

  get readonly() {
    return this.hasAttribute("readonly");
  }

  set readonly(is) {
    this.toggleAttribute("readonly", is);
  }

  /** Gives a hint to whoever works in the channel; false while the widget is not there yet. */
  hint(text) {
    this.#handle?.hint(String(text));
    return !!this.#handle;
  }

  /** Tries again at once, also after the link has stopped. */
  reconnect() {
    if (this.#handle) this.#handle.reconnect();
    else this.begin();
  }

  /** Called once it is seen. */
  async begin() {
    seen.unobserve(this);
    if (!this.isConnected) return;
    shown.add(this);
    const turn = ++this.#turn;
    try {
      const relay = new URL(this.relay || HOME, location);
      this.#was = false;
      if (!(await this.#allowed(relay))) return;
      const [module, css] = await Promise.all([instance(), sheet()]);
      if (turn !== this.#turn) return;
      this.shadowRoot.adoptedStyleSheets = [BEFORE, css];
      this.#root.replaceChildren();
      const { channel, token } = this;
      this.#handle = module.mount(this.#root, { channel, token, relay: relay.origin, tell: this.#tell });
      if (!this.#handle) throw new Error("its `channel` attribute names no channel");
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  fault() {
    // Whatever it held died with the instance.
    this.#handle = undefined;
    this.#fail(new Error("a fault of its own; load the page again"));
  }

  #tell = (name, detail) => {
    if (name === "status") this.#stands(detail.state);
    this.dispatchEvent(new CustomEvent(`pilothouse-${name}`, { detail, bubbles: true, composed: true }));
  };

  #stands(state) {
    this.#state = state;
    if (state === "live") {
      this.#was = true;
      this.#note?.remove();
    } else if (state === "waiting" && !this.#was) this.#explain();
  }

  /** A relay that gives its script to this page, and no connection, refuses the page. */
  async #explain() {
    this.#was = true;
    const { origin } = new URL(this.relay || HOME, location);
    if (origin === location.origin || !(await fetch(`${origin}/embed.js`, { mode: "no-cors" }).catch(() => false))) return;
    const message = `The relay does not let pages of ${location.origin} in. Start it with --allow-origin ${location.origin}`;
    this.#note = el("p", message);
    this.#note.className = "wait";
    this.#note.setAttribute("role", "alert");
    if (this.#state !== "live") this.#root.before(this.#note);
    this.#tell("error", { message });
  }

  #end() {
    this.#note?.remove();
    this.#turn += 1;
    seen.unobserve(this);
    shown.delete(this);
    this.#handle?.free();
    this.#handle = undefined;
  }

  #fail(error) {
    this.#say(`The widget could not start: ${error.message}`, "Try again");
    this.#tell("error", { message: error.message });
  }

  /** Whether the browser lets this page reach that relay; says what to do where it does not yet. */
  async #allowed(relay) {
    const asked = this.#may ? undefined : await permission(relay);
    if (!asked || asked.state === "granted") return true;
    asked.onchange = () => {
      this.#may = false;
      if (this.isConnected && !this.#handle) this.begin();
    };
    if (asked.state === "prompt") {
      const why = "This page wants to reach a relay on your own machine or network. The browser will ask you.";
      this.#say(why, "Connect to the local relay", () => (this.#may = true));
    } else {
      this.#say("The browser keeps this page from your own machine and network. Allow it in the site's settings, beside the address.");
    }
    return false;
  }

  #say(text, label, first) {
    const said = el("div");
    said.className = "wait";
    said.append(el("p", text));
    if (label) {
      const button = el("button", label);
      button.type = "button";
      button.onclick = () => {
        first?.();
        this.begin();
      };
      said.append(button);
    }
    said.setAttribute("role", "status");
    this.#root.replaceChildren(said);
  }

  /** What was set before the element was defined. */
  #adopt(name) {
    if (Object.hasOwn(this, name)) {
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }
}

for (const name of NAMES) {
  Object.defineProperty(PilothouseWidget.prototype, name, {
    get() {
      return this.getAttribute(name) ?? "";
    },
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

customElements.get("pilothouse-widget") ?? customElements.define("pilothouse-widget", PilothouseWidget);
