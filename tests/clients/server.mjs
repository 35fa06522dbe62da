// The real server in a process of its own, with a data directory that lives as long as the test file does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import twilio from "twilio";
import { findLeaks } from "./leaks.mjs";

/** The root of the repository. */
export const repository = fileURLToPath(new URL("../../", import.meta.url));

export const serverDll = process.env.COUNTERSIGN_SERVER_DLL ?? join(repository, "artifacts/bin/Countersign.Server/debug/Countersign.Server.dll");
const startTimeout = 60_000;
const stopTimeout = 20_000;

const account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const token = "client-tests-auth-token";
const service = "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/**
 * Starts a server on a free port and waits until it says that it is ready.
 * `settings` are further command line settings, such as { "Countersign:Sandbox:Capacity": 10 }.
 */
export async function startServer(settings = {}) {
  if (!existsSync(serverDll)) {
    throw new Error(`There is no server at ${serverDll}. Build it first: dotnet build src/Countersign.Server`);
  }

  const directory = mkdtempSync(join(tmpdir(), "countersign-"));
  const child = spawn("dotnet", [serverDll, ...commandLine({
    "urls": "http://127.0.0.1:0",
    "Countersign:DataDirectory": directory,
    "Countersign:Bootstrap:AccountSid": account,
    "Countersign:Bootstrap:AuthToken": token,
    "Countersign:Bootstrap:ServiceSid": service,
    ...settings,
  })], { stdio: ["ignore", "pipe", "pipe"] });
  const server = new RunningServer(child, directory);
  await server.untilReady();
  return server;
}

function commandLine(settings) {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

class RunningServer {
  account = account;
  token = token;
  service = service;
  url = "";
  #child;
  #directory;
  #output = "";
  #numbers = new Set();
  #codes = new Set();
  #nextNumber = 0;

  constructor(child, directory) {
    this.#child = child;
    this.#directory = directory;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => { this.#output += text; });
    }

    // Whatever ends the test run must not leave a server behind.
    this.#end = () => { child.kill("SIGKILL"); rmSync(directory, { recursive: true, force: true }); };
    process.once("exit", this.#end);
  }

  #end;

  /** Everything that the server printed so far. */
  get output() {
    return this.#output;
  }

  async untilReady() {
    const deadline = AbortSignal.timeout(startTimeout);
    while (!this.url) {
      // Where it is ready is what it is called from outside; where it listens is where it is.
      this.url = /ready at http/.test(this.#output) ? (/listening on: (http:\S+)/.exec(this.#output)?.[1] ?? "") : "";
      if (!this.url) {
        await this.#moreOutput(deadline);
      }
    }

    const ready = await fetch(`${this.url}/health/ready`, { signal: deadline });
    if (!ready.ok) {
      throw new Error(`The server is not ready: ${ready.status} ${await ready.text()}`);
    }
  }

  async #moreOutput(signal) {
    const ended = new AbortController();
    try {
      await Promise.race([
        once(this.#child.stdout, "data", { signal: AbortSignal.any([signal, ended.signal]) }),
        once(this.#child, "close", { signal: AbortSignal.any([signal, ended.signal]) }).then(() => { throw new Error("it ended"); }),
      ]);
    } catch (problem) {
      throw new Error(`The server did not start (${problem.message}):\n${this.#output}`);
    } finally {
      ended.abort();
    }
  }

  /** An unmodified Twilio client that calls this server. */
  client(user = account, secret = token) {
    const client = twilio(user, secret);
    client.verify.baseUrl = this.url;
    return client;
  }

  /** A number for fiction that no other test of this server has, noted for the search for leaks. */
  number() {
    const areas = [201, 202, 212, 213, 305, 312, 404, 415, 503, 617];
    const next = this.#nextNumber++;
    const number = `+1${areas[Math.floor(next / 100)]}55501${String(next % 100).padStart(2, "0")}`;
    return this.noteNumber(number);
  }

  noteNumber(number) {
    this.#numbers.add(number);
    return number;
  }

  noteCode(code) {
    this.#codes.add(code);
    return code;
  }

  /** A plain HTTP request with the account's credentials. */
  fetch(path, options = {}) {
    const authorization = `Basic ${Buffer.from(`${account}:${token}`).toString("base64")}`;
    return fetch(this.url + path, { ...options, headers: { authorization, ...options.headers } });
  }

  /** The messages on the virtual phone of a number, newest first. */
  async messages(to) {
    const response = await this.fetch(`/sandbox/messages?to=${encodeURIComponent(to)}`);
    if (!response.ok) {
      throw new Error(`/sandbox/messages: ${response.status} ${await response.text()}`);
    }

    const { messages } = await response.json();
    messages.forEach((message) => this.noteCode(message.code));
    return messages;
  }

  /** The newest message once at least `count` have come in. */
  async messageTo(to, count = 1) {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const messages = await this.messages(to);
      if (messages.length >= count) {
        return messages[0];
      }

      if (performance.now() > deadline) {
        throw new Error(`The virtual phone has ${messages.length} message(s) after ten seconds, not ${count}`);
      }
    }
  }

  async codeFor(to, count = 1) {
    return (await this.messageTo(to, count)).code;
  }

  /** Where a code or a number that a test used lies in plain sight: in the data directory or in what was printed. */
  leaks() {
    return findLeaks({ directory: this.#directory, output: this.#output, codes: this.#codes, numbers: this.#numbers });
  }

  /** How many codes and numbers `leaks` looks for. */
  get noted() {
    return { codes: this.#codes.size, numbers: this.#numbers.size };
  }

  /** Ends the process and waits for it; the data directory stays until `remove`. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, "close", { signal: AbortSignal.timeout(stopTimeout) });
      this.#child.kill("SIGTERM");
      await closed;
    }
  }

  async remove() {
    await this.stop();
    process.removeListener("exit", this.#end);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
