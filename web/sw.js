// Lets the page start while the relay cannot be reached, so that it can say so, and opens the channel
// that a notification is about. Knows the start page and the files it names, nothing else.

const CACHE = "pilothouse-1";
const START = "/";

// What the relay says is asked of the relay, always.
const LIVE = /^\/(api|ws|hooks|mcp|v1|health|ready|metrics|openapi\.json|embed|embed\.js)(\/|$)/;

// Files of the page. A name with a hash of its content never means anything else.
const FILES = /\/[\w.-]+-[0-9a-f]{12,16}[\w.]*\.(?:js|css|wasm|svg)\b/g;

const isFile = (path) => path.match(FILES)?.[0] === path;

self.addEventListener("install", (event) => {
  // A worker that waits would serve an old page beside a new relay.
  self.skipWaiting();
  event.waitUntil(fetch(START).then(keep));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const isOurs = request.method === "GET" && url.origin === self.location.origin;
  if (!isOurs || LIVE.test(url.pathname)) return;
  if (request.mode === "navigate") event.respondWith(start(event));
  else if (isFile(url.pathname)) event.respondWith(file(request));
});

// The network first: after an upgrade of the relay its new page shows at once.
async function start(event) {
  try {
    const page = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(keep(page.clone()));
    return page;
  } catch (error) {
    const held = await caches.match(START);
    if (held) return held;
    throw error;
  }
}

async function file(request) {
  const held = await caches.match(request, { ignoreVary: true });
  return held ?? fetch(request);
}

// Only one page is kept at a time, and only when nothing else is being kept.
let keeping = Promise.resolve();

function keep(page) {
  const isPage = page.ok && page.headers.get("content-type")?.startsWith("text/html");
  if (!isPage) return keeping;
  keeping = keeping.then(() => replace(page)).catch((error) => console.warn("not kept:", error));
  return keeping;
}

// The files before the page: a page that is kept can start. What it does not name goes.
async function replace(page) {
  const cache = await caches.open(CACHE);
  const held = await cache.match(START);
  const tag = page.headers.get("etag");
  if (tag && tag === held?.headers.get("etag")) return;
  const files = new Set((await page.clone().text()).match(FILES));
  for (const path of files) {
    if (!(await cache.match(path, { ignoreVary: true }))) await cache.add(path);
  }
  await cache.put(START, page);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname !== START && !files.has(pathname)) await cache.delete(request);
  }
}

// The page says where in `data.url`.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url ?? START, self.location.origin);
  if (url.origin === self.location.origin) event.waitUntil(show(url));
});

// A window that shows it already comes forward. Another one may have a draft in it, and stays.
async function show(url) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((held) => new URL(held.url).pathname === url.pathname);
  return there ? there.focus() : self.clients.openWindow(url.href);
}
