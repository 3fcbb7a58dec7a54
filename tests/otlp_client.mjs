// Exports three requests to a model, as Claude Code tells of them, with OpenTelemetry's own exporter.
//
//     node otlp_client.mjs NODE_MODULES URL none|gzip

import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, url, compression] = process.argv.slice(2);
const require = createRequire(join(modules, "any.js"));
const { OTLPLogExporter } = require("@opentelemetry/exporter-logs-otlp-http");
const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { resourceFromAttributes } = require("@opentelemetry/resources");

const exporter = new OTLPLogExporter({ url: `${url}/v1/logs`, compression });
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ "service.name": "claude-code" }),
  processors: [new BatchLogRecordProcessor({ exporter })],
});
const logger = provider.getLogger("com.anthropic.claude_code.events");
for (let sequence = 0; sequence < 3; sequence += 1) {
  logger.emit({
    body: "claude_code.api_request",
    attributes: {
      "session.id": "1a2b3c4d-0000-4000-8000-000000000000",
      "event.name": "api_request",
      "event.sequence": sequence,
      model: "claude-sonnet-4-5",
      input_tokens: 10,
      output_tokens: 20,
      cache_read_tokens: 30,
      cost_usd: 0.25,
    },
  });
}
await provider.shutdown();
