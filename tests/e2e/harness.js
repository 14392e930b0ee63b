// What every end-to-end test needs: the real server on a free port, the real Chromium, and a place for pictures.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer as createHost } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
/** The server; the development build unless told. */
export const bin = resolve(process.env.ALLOCATOR_BIN ?? join(root, "target/debug/allocator"));
/** The built site. */
export const dist = resolve(process.env.ALLOCATOR_DIST ?? join(root, "dist"));
/** The folder of the site's engine: a built site gives it a name of its own. */
export const engine = existsSync(dist) ? (readdirSync(dist).find((name) => /^engine(-\w+)?$/.test(name)) ?? "engine") : "engine";
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
export const PATIENCE = Number(process.env.ALLOCATOR_PATIENCE ?? 120_000);

/** Starts Chromium; it asks no other host for anything. */
export function browser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/**
 * A context of its own in a browser, as wide as a desk's screen unless told. Without service workers, which would answer requests that a
 * test holds back.
 */
export async function fresh(chrome, options = {}) {
  const context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, serviceWorkers: "block", ...options });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/** A tab at an address; `complaints` is what its console complains of, as long as it lives. */
export async function tab(context, url) {
  const page = await context.newPage();
  const complaints = [];
  // That it keeps service workers away is what a test asked of the driver.
  const counts = (message) => ["error", "warning"].includes(message.type()) && !/^Service Worker registration blocked/.test(message.text());
  page.on("console", (message) => counts(message) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** What axe finds in a page as it stands: rule and elements. Without options every rule is looked at. */
export async function violations(page, options = {}) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate((options) => globalThis.axe.run(document, { resultTypes: ["violations"], ...options }), options);
  return found.violations.map(({ id, nodes }) => [id, nodes.map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 160)}`)]);
}

/** The rules of WCAG 2.2 AA alone, for a look in passing; every rule is looked at once a view. */
export const WCAG = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };

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

/** Starts `allocator serve` with the built site, or with that of `--assets`, and more words if need be, and waits until it answers. */
export async function serve(...words) {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}/`;
  const data = mkdtempSync(join(tmpdir(), "allocator-e2e-"));
  let child;
  let ended;
  const start = async () => {
    let log = "";
    child = spawn(bin, ["serve", "--listen", address, "--data", data, ...(words.includes("--assets") ? [] : ["--assets", dist]), ...words], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (text) => (log += text));
    child.stderr.on("data", (text) => (log += text));
    ended = new Promise((done) => child.once("exit", done));
    for (let attempt = 0; attempt < 150; attempt++) {
      if (child.exitCode !== null) break;
      if (await fetch(url).then((answer) => answer.ok, () => false)) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    child.kill("SIGKILL");
    throw new Error(`allocator serve did not answer at ${url}\n${log}`);
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  await start();
  return {
    url,
    data,
    kill,
    /** On the same address and data. */
    start,
    stop: async () => {
      child.kill("SIGTERM");
      await Promise.race([ended, new Promise((done) => setTimeout(done, 5_000))]);
      child.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Starts a Redis that keeps what it takes. */
export async function redis() {
  const port = String(await freePort());
  const data = mkdtempSync(join(tmpdir(), "allocator-redis-"));
  const cli = (...words) => execFileSync("redis-cli", ["-p", port, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  let child;
  let ended;
  const start = async () => {
    child = spawn("redis-server", ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", data, "--appendonly", "yes", "--appendfsync", "always"], { stdio: "ignore" });
    ended = new Promise((done) => child.once("exit", done));
    for (let attempt = 0; attempt < 150; attempt++) {
      try {
        if (cli("ping") === "PONG") return;
      } catch {
        // Not yet.
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("redis-server did not answer: is it installed (redis-server of Debian)?");
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  await start();
  return { url: `redis://127.0.0.1:${port}`, cli, kill, start, stop: async () => { await kill(); rmSync(data, { recursive: true, force: true }); } };
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".csv": "text/csv", ".png": "image/png", ".webmanifest": "application/manifest+json" };

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
