// uWebSockets as Bun has it: what the publisher sends goes to all who are subscribed.
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (!server.upgrade(request, { data: { pathname } })) return new Response("", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    backpressureLimit: 64 * 1024 * 1024,
    open(socket) {
      if (socket.data.pathname === "/ws") socket.subscribe("bench");
    },
    message(_, message) {
      server.publish("bench", message);
    },
  },
});
console.log(`listening on http://127.0.0.1:${server.port}`);
