// Runs the allocator's WebAssembly module for a program that speaks to us over standard input and output.
//
//   node host.cjs FOLDER        FOLDER holds allocator_wasm.js: as the page loads it, in parts, or what `wasm-bindgen --target nodejs` wrote
//
//   in    operation SP length LF body
//   out   answer|problem|trap SP length LF body
//
// A trap ruins an instance; the next request gets a fresh one.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { fileURLToPath, pathToFileURL } = require("node:url");

const folder = path.resolve(process.argv[2]);
const in_parts = fs.readdirSync(folder).some((name) => name.endsWith("_split.js"));

/** What the page fetches over the line comes from the disk here. */
if (in_parts) {
  const headers = { "content-type": "application/wasm" };
  globalThis.fetch = async (address) => new Response(fs.readFileSync(fileURLToPath(address)), { headers });
}

let engine;

/** A fresh instance. Modules are kept by their address, so that each instance of the page's comes from a folder of its own. */
async function start() {
  if (!in_parts) {
    const module_path = require.resolve(path.join(folder, "allocator_wasm.js"));
    delete require.cache[module_path];
    engine = require(module_path);
    return;
  }
  const own = fs.mkdtempSync(path.join(os.tmpdir(), "allocator-wasm-"));
  fs.cpSync(folder, own, { recursive: true });
  fs.writeFileSync(path.join(own, "package.json"), '{ "type": "module" }');
  engine = await import(pathToFileURL(path.join(own, "allocator_wasm.js")));
  await engine.default();
  for (const part of ["files", "operations", "archive"]) await engine.fetched(part);
  fs.rmSync(own, { recursive: true });
}

/** RFC 8785: what JSON.stringify writes, with the keys sorted by UTF-16 code units, which is how sort() compares. */
function canonical(value) {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value instanceof Map) return canonical(Object.fromEntries(value));
  if (value !== null && typeof value === "object") {
    const fields = Object.keys(value).sort();
    return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

function reply(kind, body) {
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : Buffer.from(body);
  process.stdout.write(Buffer.concat([Buffer.from(`${kind} ${bytes.length}\n`), bytes]));
}

async function carry_out(operation, body) {
  try {
    reply("answer", engine.run(operation, body));
  } catch (error) {
    if (error !== null && typeof error === "object" && Array.isArray(error.problems)) {
      reply("problem", canonical(error));
    } else if (typeof error === "string" && error.startsWith("{")) {
      reply("problem", error);
    } else {
      reply("trap", String(error?.stack ?? error));
      await start();
    }
  }
}

let kept = Buffer.alloc(0);

/** Takes every whole request out of what has arrived. */
async function drain() {
  for (;;) {
    const line = kept.indexOf(10);
    if (line < 0) return;
    const [operation, length] = kept.toString("utf8", 0, line).split(" ");
    const end = line + 1 + Number(length);
    if (kept.length < end) return;
    // A copy: the module may keep a view while `kept` moves on.
    const body = Uint8Array.from(kept.subarray(line + 1, end));
    kept = kept.subarray(end);
    await carry_out(operation, body);
  }
}

let last = start();
process.stdin.on("data", (chunk) => {
  kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
  last = last.then(drain);
});
