// The official TypeScript SDK with the guest `everything`: its present major
// version in both eras and the one before it answer what plugins ask of them,
// and are told what changes.
//
// Prints `ok NAME` or `FAILED NAME: ...` for each check. Wants two variables:
// PORTCULLIS_BIN, the program, and PORTCULLIS_GUESTS, the folder of the built
// guests.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

const { PORTCULLIS_BIN: binary, PORTCULLIS_GUESTS: guests } = process.env;
const info = { name: "clients", version: "1" };
const watched = "test://watched-resource";
/** Bounds a wait for what has to come, in milliseconds. */
const patience = 60_000;

/** The old client wants schemas where the present one wants names. */
const old = {
  "elicitation/create": ElicitRequestSchema,
  "sampling/createMessage": CreateMessageRequestSchema,
  "roots/list": ListRootsRequestSchema,
  "notifications/resources/updated": ResourceUpdatedNotificationSchema,
};

/** Ways to connect, by name. */
const connections = {
  "v1 legacy": {
    make: (capabilities) => [new OldClient(info, { capabilities }), OldTransport],
    named: (method) => old[method],
  },
  "v2 legacy": {
    make: (capabilities) => [new Client(info, { capabilities }), StdioClientTransport],
    named: (method) => method,
  },
  "v2 modern": {
    make: (capabilities) => [
      new Client(info, { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } }),
      StdioClientTransport,
    ],
    named: (method) => method,
    modern: true,
  },
};

/** Answers, by what is asked: the capability for it, and how. */
const answers = {
  "elicitation/create": [
    { elicitation: {} },
    ({ params }) => {
      const values = { username: "alice", email: "alice@example.com", name: "Alice", color: "blue" };
      const asked = Object.keys(params.requestedSchema.properties);
      return { action: "accept", content: Object.fromEntries(asked.map((name) => [name, values[name]])) };
    },
  ],
  "sampling/createMessage": [
    { sampling: {} },
    ({ params }) => {
      const [{ content }] = params.messages;
      const asked = Array.isArray(content) ? content[0].text : content.text;
      return { role: "assistant", model: "none", content: { type: "text", text: `no idea: ${asked}` } };
    },
  ],
  "roots/list": [{ roots: {} }, () => ({ roots: [{ uri: "file:///project", name: "work" }] })],
};

const checks = {
  async elicitation(connect) {
    const client = await connect("elicitation/create");
    const said = await text(client, "test_elicitation", { message: "Who are you?" });
    assert.match(said, /^User response: action=accept.*alice@example\.com/);
    assert.equal(await text(client, "test_input_required_result_elicitation"), "Hello, Alice!");
    assert.equal(await text(client, "test_input_required_result_multi_round"), "Alice likes blue");
  },

  async sampling(connect) {
    const client = await connect("sampling/createMessage");
    const said = await text(client, "test_sampling", { prompt: "why?" });
    assert.equal(said, "LLM response: no idea: why?");
  },

  async roots(connect) {
    const client = await connect("roots/list");
    assert.match(await text(client, "test_input_required_result_list_roots"), /file:\/\/\/project/);
  },

  async undeclared(connect) {
    const client = await connect("sampling/createMessage");
    const asked = client.callTool({ name: "test_elicitation", arguments: { message: "Who are you?" } });
    await assert.rejects(asked, /elicitation/);
  },

  async subscription(connect, { named, modern }) {
    const client = await connect();
    let updates = 0;
    let told;
    const update = new Promise((resolve, reject) => {
      told = resolve;
      setTimeout(reject, patience, new Error("no update was told")).unref();
    });
    client.setNotificationHandler(named("notifications/resources/updated"), ({ params }) => {
      updates += 1;
      told(params.uri);
    });
    const listening = modern
      ? await client.listen({ resourceSubscriptions: [watched] })
      : await client.subscribeResource({ uri: watched });
    await text(client, "test_update_watched_resource");
    assert.equal(await update, watched);
    assert.equal(updates, 1);
    // Nothing more is told once nobody listens.
    await (modern ? listening.close() : client.unsubscribeResource({ uri: watched }));
    await text(client, "test_update_watched_resource");
    await text(client, "test_simple_text");
    assert.equal(updates, 1);
  },
};

/** Calls a tool; gives the text of its answer. */
async function text(client, name, args = {}) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  assert.ok(!isError, JSON.stringify(content));
  return content[0].text;
}

const home = mkdtempSync(join(tmpdir(), "portcullis-"));
const env = { PORTCULLIS_CONFIG: join(home, "portcullis.toml"), PORTCULLIS_DATA: join(home, "data") };
let failed = false;
try {
  execFileSync(binary, ["add", join(guests, "everything"), "--grant-all"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  for (const [way, connection] of Object.entries(connections)) {
    for (const [name, check] of Object.entries(checks)) {
      const opened = [];
      /** A client that answers what is named, and says that it can. */
      const connect = async (...methods) => {
        const capabilities = Object.assign({}, ...methods.map((method) => answers[method][0]));
        const [client, Transport] = connection.make(capabilities);
        for (const method of methods) {
          client.setRequestHandler(connection.named(method), answers[method][1]);
        }
        const server = { command: binary, args: ["serve"], env: { ...env, PORTCULLIS_LOG: "error" } };
        await client.connect(new Transport(server));
        opened.push(client);
        return client;
      };
      try {
        await check(connect, connection);
        console.log(`ok typescript ${way} everything ${name}`);
      } catch (error) {
        failed = true;
        console.log(`FAILED typescript ${way} everything ${name}: ${String(error).replaceAll("\n", " ")}`);
      }
      await Promise.all(opened.map((client) => client.close()));
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
