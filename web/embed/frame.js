// The widget as a page of its own, for frames: /embed/{channel}?theme=&density=&features=&readonly=&origin=#token=
const asked = new URLSearchParams(location.search);
const widget = document.createElement("pilothouse-widget");
widget.setAttribute("channel", decodeURIComponent(location.pathname.split("/").pop()));
for (const name of ["theme", "density", "features", "readonly"]) {
  if (asked.has(name)) widget.setAttribute(name, asked.get(name));
}
// In the fragment, which no server sees and no log keeps.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  widget.setAttribute("token", token);
  history.replaceState(null, "", location.pathname + location.search);
}

/** The page around this one, exactly: what is said here is for nobody else. */
const host = () => {
  try {
    return new URL(asked.get("origin") || document.referrer).origin;
  } catch {
    return undefined;
  }
};
const target = host();
const say = (message) => {
  if (target && parent !== window) parent.postMessage({ ...message, channel: widget.channel }, target);
};

for (const name of ["status", "event", "request", "error"]) {
  widget.addEventListener(`pilothouse-${name}`, ({ detail }) => say({ type: `pilothouse-${name}`, detail }));
}
document.body.append(widget);
new ResizeObserver(() => say({ type: "pilothouse-height", height: Math.ceil(widget.getBoundingClientRect().height) })).observe(widget);
