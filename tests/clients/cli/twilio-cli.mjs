// The unmodified twilio-cli against a server of ours. It knows no other address than https://verify.twilio.com: it is given a proxy that leads there, and a certificate
// authority of the test's own that vouches for it.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";

/** Where the client believes that it is. */
export const host = "verify.twilio.com";

const program = fileURLToPath(new URL("node_modules/twilio-cli/bin/run", import.meta.url));

export class TwilioCli {
  /** Other addresses that the client wanted to reach, which it was not let to. */
  strays = [];
  #holder;
  #directory = mkdtempSync(join(tmpdir(), "countersign-cli-"));
  #front;
  #proxy;

  static async start(holder) {
    const cli = new TwilioCli(holder);
    const { key, cert } = cli.#certificate();
    cli.#front = createTlsServer({ key, cert }, (socket) => pipe(socket, connect(Number(new URL(holder.server.url).port), "127.0.0.1")));
    cli.#proxy = createServer((_, response) => { response.writeHead(405).end(); }).on("connect", (request, socket) => cli.#tunnel(request.url, socket));
    await listening(cli.#front);
    await listening(cli.#proxy);
    return cli;
  }

  /** `holder` has the server by the time that a command is run. */
  constructor(holder) {
    this.#holder = holder;
  }

  // An authority and a certificate by it that live as long as the test.
  #certificate() {
    const path = (name) => join(this.#directory, name);
    const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
    writeFileSync(path("names"), `subjectAltName=DNS:${host}\nextendedKeyUsage=serverAuth\n`);
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Test authority", "-keyout", path("ca.key"), "-out", path("ca.pem"));
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${host}`, "-keyout", path("key.pem"), "-out", path("request.pem"));
    openssl("x509", "-req", "-days", "2", "-in", path("request.pem"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-set_serial", "1", "-extfile", path("names"), "-out", path("cert.pem"));
    return { key: readFileSync(path("key.pem")), cert: readFileSync(path("cert.pem")) };
  }

  #tunnel(target, socket) {
    socket.on("error", () => socket.destroy());
    if (target !== `${host}:443`) {
      this.strays.push(target);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }

    const front = connect(this.#front.address().port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      pipe(socket, front);
    });
    front.on("error", () => socket.destroy());
  }

  /** Runs `twilio api:verify:v2:…` and gives what it printed and its exit code. */
  run(command, ...flags) {
    const home = join(this.#directory, "home");
    mkdirSync(home, { recursive: true });
    return new Promise((done) => execFile(process.execPath, [program, `api:verify:v2:${command}`, ...flags], {
      timeout: 60_000,
      env: {
        PATH: process.env.PATH, HOME: home, HTTP_PROXY: `http://127.0.0.1:${this.#proxy.address().port}`, NODE_EXTRA_CA_CERTS: join(this.#directory, "ca.pem"),
        TWILIO_ACCOUNT_SID: this.#holder.server.account, TWILIO_AUTH_TOKEN: this.#holder.server.token, TWILIO_DISABLE_AUTOUPDATE: "true", TWILIO_SKIP_NEW_VERSION_CHECK: "true",
      },
    }, (problem, output, errors) => done({ exitCode: problem?.code ?? 0, output, errors })));
  }

  /** What a command prints as JSON; it must go well. */
  async json(command, ...flags) {
    const { exitCode, output, errors } = await this.run(command, ...flags, "-o", "json");
    if (exitCode !== 0) {
      throw new Error(`twilio api:verify:v2:${command} ended with ${exitCode}: ${errors}`);
    }

    return JSON.parse(output);
  }

  stop() {
    this.#front?.close();
    this.#proxy?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function pipe(one, other) {
  one.pipe(other).pipe(one);
  one.on("error", () => other.destroy());
  other.on("error", () => one.destroy());
}

function listening(server) {
  return new Promise((done) => server.listen(0, "127.0.0.1", done));
}
