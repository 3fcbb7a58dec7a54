// Drives an MCP server with the official TypeScript SDK; the same lines as mcp_client.py.
//
//     node mcp_client.mjs NODE_MODULES previous NAME http URL [HEADER=VALUE ...]
//     node mcp_client.mjs NODE_MODULES previous NAME stdio PROGRAM [ARGUMENT ...]

import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, , name, how, where, ...rest] = process.argv.slice(2);
const sdk = (part) =>
  import(pathToFileURL(join(modules, "@modelcontextprotocol/sdk/dist/esm/client", part)));
const { Client } = await sdk("index.js");

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function transport() {
  if (how === "stdio") {
    const { StdioClientTransport } = await sdk("stdio.js");
    return new StdioClientTransport({ command: where, args: rest });
  }
  const { StreamableHTTPClientTransport } = await sdk("streamableHttp.js");
  const headers = Object.fromEntries(rest.map((header) => header.split(/=(.*)/s, 2)));
  return new StreamableHTTPClientTransport(new URL(where), { requestInit: { headers } });
}

const client = new Client({ name, version: "1" });
let revision = "2025-11-25";
const line = await transport();
const adopt = line.setProtocolVersion?.bind(line);
line.setProtocolVersion = (version) => {
  revision = version;
  adopt?.(version);
};
await client.connect(line);
say({ ready: revision });

const aborts = new Map();

async function call({ id, tool, arguments: args }) {
  const abort = new AbortController();
  aborts.set(id, abort);
  const options = {
    signal: abort.signal,
    timeout: 300_000,
    onprogress: ({ message }) => say({ id, progress: message }),
  };
  try {
    say({ id, result: await client.callTool({ name: tool, arguments: args }, undefined, options) });
  } catch (error) {
    say({ id, error: abort.signal.aborted ? "cancelled" : String(error) });
  }
}

for await (const text of createInterface({ input: process.stdin })) {
  const command = JSON.parse(text);
  if ("cancel" in command) aborts.get(command.cancel).abort("no longer wanted");
  else if ("list" in command) say({ id: command.id, result: await client.listTools() });
  else call(command);
}
await client.close();
process.exit(0);
