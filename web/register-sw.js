// The page works without a service worker too: where there are none, and where the address is not
// secure enough for one, such as http:// on another machine.
if (window.isSecureContext && "serviceWorker" in navigator) {
  navigator.serviceWorker
    .register("/sw.js", { updateViaCache: "none" })
    .catch((error) => console.warn("the page will not start without the relay:", error));
}
