// The tools of the guest `echo` that are measured, on the official TypeScript
// SDK.

import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const inputSchema = z.object({ text: z.string() });
const annotations = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };
const answer = (text) => ({ content: [{ type: "text", text }] });

serveStdio(() => {
  const server = new McpServer({ name: "typescript", version: "1" });
  server.registerTool(
    "echo",
    { description: "Answer with the text.", inputSchema, annotations },
    ({ text }) => answer(text),
  );
  server.registerTool(
    "count",
    { description: "Count the words of a JSON text.", inputSchema, annotations },
    ({ text }) => {
      const counts = new Map();
      for (const word of JSON.parse(text).words) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      return answer(JSON.stringify(Object.fromEntries([...counts].sort())));
    },
  );
  return server;
});
