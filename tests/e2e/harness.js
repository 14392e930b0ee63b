// What every end-to-end test needs: the real server on a free port, the real Chromium, and a place for pictures.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHost } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
/** The server; the development build unless told. */
export const bin = resolve(process.env.ALLOCATOR_BIN ?? join(root, "target/debug/allocator"));
/** The built site. */
export const dist = resolve(process.env.ALLOCATOR_DIST ?? join(root, "dist"));
/** Files as their users' tools write them. */
export const files = join(root, "tests/vectors/files");
/** Pictures and logs of a run. */
export const results = process.env.ALLOCATOR_E2E_RESULTS ?? join(here, "results");
mkdirSync(results, { recursive: true });

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** How long a page may take to answer: a machine with two cores may be compiling beside it. */
export const PATIENCE = 120_000;

/** Starts Chromium; it asks no other host for anything. */
export function browser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.on("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** Starts `allocator serve` with the built site and waits until it answers. */
export async function serve() {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), "allocator-e2e-"));
  const address = `127.0.0.1:${port}`;
  const child = spawn(bin, ["serve", "--listen", address, "--data", data, "--assets", dist], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stdout.on("data", (text) => (log += text));
  child.stderr.on("data", (text) => (log += text));
  const ended = new Promise((done) => child.once("exit", done));
  const url = `http://${address}/`;
  for (let attempt = 0; attempt < 150; attempt++) {
    if (child.exitCode !== null) break;
    const answered = await fetch(url).then((answer) => answer.ok, () => false);
    if (answered) {
      return {
        url,
        stop: async () => {
          child.kill("SIGTERM");
          await Promise.race([ended, new Promise((done) => setTimeout(done, 5_000))]);
          child.kill("SIGKILL");
          rmSync(data, { recursive: true, force: true });
        },
      };
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  child.kill("SIGKILL");
  throw new Error(`allocator serve did not answer at ${url}\n${log}`);
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

/** Serves the built site from a folder of a plain static host, without the server. */
export function serveFolder(folder) {
  const host = createHost((request, answer) => {
    const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
    const name = path.startsWith(folder) ? path.slice(folder.length) || "index.html" : "";
    const file = join(dist, name);
    if (!name || !file.startsWith(dist) || !existsSync(file)) return answer.writeHead(404).end();
    answer.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  return new Promise((done) => {
    host.listen(0, "127.0.0.1", () => done({ url: `http://127.0.0.1:${host.address().port}${folder}`, stop: () => host.close() }));
  });
}

/** Runs the command line where the data files are and gives what it printed; a failure is the error's `stderr`. */
export function allocator(...words) {
  return new Promise((done, failed) => {
    const child = spawn(bin, words, { cwd: files, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    child.on("error", failed);
    child.on("exit", (code) => (code === 0 ? done(out) : failed(Object.assign(new Error(`exit code ${code}: ${err}`), { code, stdout: out, stderr: err }))));
  });
}
