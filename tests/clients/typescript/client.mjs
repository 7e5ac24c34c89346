// The official TypeScript SDK as the client of all four plugins: its present
// major version in both eras, and the one before it, which most host programs
// still have.
//
// Prints `ok NAME` or `FAILED NAME: ...` for each check. Wants two variables:
// PORTCULLIS_BIN, the program, and PORTCULLIS_PLUGINS, the folder of the built
// plugins.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const { PORTCULLIS_BIN: binary, PORTCULLIS_PLUGINS: plugins } = process.env;
const info = { name: "clients", version: "1" };

/** Ways to connect, by name. */
const connections = {
  "v1 legacy": () => [new OldClient(info), OldTransport],
  "v2 legacy": () => [new Client(info), StdioClientTransport],
  "v2 modern": () => [
    new Client(info, { versionNegotiation: { mode: { pin: "2026-07-28" } } }),
    StdioClientTransport,
  ],
  "v2 auto": () => [
    new Client(info, { versionNegotiation: { mode: "auto" } }),
    StdioClientTransport,
  ],
};

const checks = {
  async calculator(client) {
    const { tools } = await client.listTools();
    const calculate = tools.find((tool) => tool.name === "calculate");
    assert.ok(calculate?.description && calculate.outputSchema);
    const result = await call(client, "calculate", { expression: "6 * 7" });
    assert.equal(result.structuredContent.value, 42);
    assert.ok((await call(client, "calculate", { expression: "6 *" })).isError);
  },

  async filesystem(client) {
    const read = await call(client, "read_file", { path: "/notes/todo.md" });
    assert.equal(read.content[0].text, "- water the plants\n");
    const refused = await call(client, "read_file", { path: "/notes/../portcullis.toml" });
    assert.ok(refused.isError);
    const { resources } = await client.listResources();
    assert.ok(resources.some((resource) => resource.uri === "fs://allowed-directories"));
    const { contents } = await client.readResource({ uri: "fs://allowed-directories" });
    assert.match(contents[0].text, /\/notes/);
  },

  async review(client) {
    const { prompts } = await client.listPrompts();
    assert.deepEqual(prompts.map((prompt) => prompt.name), ["code_review", "debug_error"]);
    const { messages } = await client.getPrompt({
      name: "code_review",
      arguments: { code: "fn main() {}" },
    });
    assert.match(messages[0].content.text, /fn main\(\) \{\}/);
    const { completion } = await client.complete({
      ref: { type: "ref/prompt", name: "code_review" },
      argument: { name: "language", value: "ru" },
    });
    assert.ok(completion.values.includes("rust"));
  },

  async weather(client) {
    const forecast = await call(client, "get_forecast", { city: "Berlin", days: 2 });
    assert.equal(forecast.structuredContent.days[1].date, "2026-03-02");
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.ok(resourceTemplates.some((found) => found.uriTemplate === "weather://{city}/current"));
    const { contents } = await client.readResource({ uri: "weather://cities" });
    assert.ok(JSON.parse(contents[0].text).cities.length > 0);
  },

  async errors(client) {
    await assert.rejects(call(client, "no_such_tool", {}), /no_such_tool/);
  },
};

function call(client, name, args) {
  return client.callTool({ name, arguments: args });
}

/** The two APIs that `weather` asks, which know Berlin and nothing else. */
function openMeteo(request, response) {
  const url = new URL(request.url, "http://localhost");
  const days = Number(url.searchParams.get("forecast_days"));
  const each = (value) => Array(days).fill(value);
  const berlin = { name: "Berlin", latitude: 52.5, longitude: 13.4, country: "Germany" };
  const body =
    url.pathname === "/v1/search"
      ? { results: url.searchParams.get("name") === "Berlin" ? [berlin] : [] }
      : {
          timezone: "Europe/Berlin",
          daily: {
            time: each(0).map((_, day) => `2026-03-${String(day + 1).padStart(2, "0")}`),
            weather_code: each(61),
            temperature_2m_max: each(9.5),
            temperature_2m_min: each(2.5),
            precipitation_sum: each(1.25),
          },
        };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}

/** Installs the four plugins; gives the environment in which they are. */
function install(home, url) {
  const notes = join(home, "notes");
  mkdirSync(notes);
  writeFileSync(join(notes, "todo.md"), "- water the plants\n");
  const env = {
    PORTCULLIS_CONFIG: join(home, "portcullis.toml"),
    PORTCULLIS_DATA: join(home, "data"),
  };
  const grants = {
    calculator: [],
    filesystem: [`filesystem.notes=${notes}`],
    review: [],
    weather: [`settings.geocoding-url=${url}`, `settings.forecast-url=${url}`, `http=${url}`],
  };
  for (const [plugin, granted] of Object.entries(grants)) {
    const flags = granted.flatMap((grant) => ["--grant", grant]);
    const words = ["add", join(plugins, plugin), ...(flags.length ? flags : ["--grant-all"])];
    execFileSync(binary, words, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] });
  }
  return env;
}

const web = createServer(openMeteo);
await new Promise((listening) => web.listen(0, "127.0.0.1", listening));
const home = mkdtempSync(join(tmpdir(), "portcullis-"));
let failed = false;
try {
  const env = install(home, `http://127.0.0.1:${web.address().port}`);
  for (const [way, connect] of Object.entries(connections)) {
    const [client, Transport] = connect();
    const server = { command: binary, args: ["serve"], env: { ...env, PORTCULLIS_LOG: "error" } };
    await client.connect(new Transport(server));
    for (const [name, check] of Object.entries(checks)) {
      try {
        await check(client);
        console.log(`ok typescript ${way} ${name}`);
      } catch (error) {
        failed = true;
        console.log(`FAILED typescript ${way} ${name}: ${String(error).replaceAll("\n", " ")}`);
      }
    }
    await client.close();
  }
} finally {
  web.close();
  rmSync(home, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
