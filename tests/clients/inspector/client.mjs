// The MCP Inspector's command line with the guest `everything`, over stdio and
// HTTP, in both eras.
//
// Prints `ok NAME` or `FAILED NAME: ...` for each check. Wants two variables:
// PORTCULLIS_BIN, the program, and PORTCULLIS_GUESTS, the folder of the built
// guests.

import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { PORTCULLIS_BIN: binary, PORTCULLIS_GUESTS: guests } = process.env;
const inspector = join(
  import.meta.dirname,
  "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
);
const eras = ["legacy", "modern"];
/** Bounds a wait for what has to come, in milliseconds. */
const patience = 60_000;

/** What is asked, and what has to be said to it: a result or an error. */
const checks = {
  "tools/list": {
    words: ["--method", "tools/list"],
    result: ({ tools }) => assert.equal(tools[0].name, "test_simple_text"),
  },
  "tools/call": {
    words: ["--method", "tools/call", "--tool-name", "greet", "--tool-arg", "name=Ada"],
    result: ({ content }) => assert.equal(content[0].text, "Hello, Ada!"),
  },
  "tools/call of a tool that fails": {
    words: ["--method", "tools/call", "--tool-name", "test_error_handling"],
    error: ({ code }) => assert.equal(code, "tool_is_error"),
  },
  "resources/read": {
    words: ["--method", "resources/read", "--uri", "test://static-text"],
    result: ({ contents }) => assert.match(contents[0].text, /static text resource/),
  },
  "resources/read of none": {
    words: ["--method", "resources/read", "--uri", "test://no-such-resource"],
    error: ({ message }) => assert.match(message, /test:\/\/no-such-resource/),
  },
  "prompts/get": {
    words: ["--method", "prompts/get", "--prompt-name", "test_prompt_with_arguments", "--prompt-args", "arg1=one", "arg2=two"],
    result: ({ messages }) => assert.match(messages[0].content.text, /arg1='one', arg2='two'/),
  },
};

/** Runs the Inspector; gives the result or the error that it printed. */
function inspect(words, env) {
  return new Promise((resolve, reject) => {
    const all = [inspector, "--cli", "--format", "json", "--quiet", ...words];
    execFile(process.execPath, all, { env, timeout: patience }, (failed, stdout, stderr) => {
      const printed = (failed ? stderr : stdout).trim();
      try {
        resolve(JSON.parse(printed));
      } catch {
        reject(new Error(`the inspector printed no JSON: ${printed || failed}`));
      }
    });
  });
}

/** The program at a port of loopback; gives it and its address. */
async function serve(env) {
  const server = spawn(binary, ["serve", "--http", "127.0.0.1:0"], {
    env: { ...env, PORTCULLIS_LOG: "info" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // Goes on reading what it logs, so that the pipe does not fill up.
  const lines = createInterface(server.stderr);
  const url = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const [, address] = line.split("serving on ");
      if (address) resolve(address.trim());
    });
    server.on("error", reject);
    server.on("exit", () => reject(new Error("the program ended before it served")));
  });
  return { server, url };
}

const home = mkdtempSync(join(tmpdir(), "portcullis-"));
const variables = {
  PORTCULLIS_CONFIG: join(home, "portcullis.toml"),
  PORTCULLIS_DATA: join(home, "data"),
};
// The Inspector keeps files of its own in the home directory.
const env = { ...process.env, ...variables, HOME: home, USERPROFILE: home };
let failed = false;
let server;
try {
  execFileSync(binary, ["add", join(guests, "everything"), "--grant-all"], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const served = await serve(env);
  server = served.server;
  const passed = Object.entries({ ...variables, PORTCULLIS_LOG: "error" });
  const targets = {
    stdio: [...passed.flatMap(([name, value]) => ["-e", `${name}=${value}`]), binary, "serve"],
    http: [served.url],
  };
  for (const [transport, target] of Object.entries(targets)) {
    for (const era of eras) {
      const checked = Object.entries(checks).map(async ([name, { words, result, error }]) => {
        const label = `inspector ${transport} ${era} ${name}`;
        try {
          const said = await inspect(["--protocol-era", era, ...target, ...words], env);
          assert.ok(result ? said.result : said.error, JSON.stringify(said));
          (result ?? error)(said.result ?? said.error);
          console.log(`ok ${label}`);
        } catch (error) {
          failed = true;
          console.log(`FAILED ${label}: ${String(error).replaceAll("\n", " ")}`);
        }
      });
      await Promise.all(checked);
    }
  }
} finally {
  server?.kill();
  rmSync(home, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
