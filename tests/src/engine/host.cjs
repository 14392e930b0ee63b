// Runs the allocator's WebAssembly module for a program that speaks to us over standard input and output.
//
//   node host.cjs FOLDER        FOLDER holds what `wasm-bindgen --target nodejs` wrote: allocator_wasm.js
//
//   in    operation SP length LF body
//   out   answer|problem|trap SP length LF body
//
// A trap ruins an instance; the next request gets a fresh one.
"use strict";

const path = require("node:path");

const module_path = require.resolve(path.resolve(process.argv[2], "allocator_wasm.js"));
let engine = require(module_path);

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

function carry_out(operation, body) {
  try {
    reply("answer", engine.run(operation, body));
  } catch (error) {
    if (error !== null && typeof error === "object" && Array.isArray(error.problems)) {
      reply("problem", canonical(error));
    } else if (typeof error === "string" && error.startsWith("{")) {
      reply("problem", error);
    } else {
      reply("trap", String(error?.stack ?? error));
      delete require.cache[module_path];
      engine = require(module_path);
    }
  }
}

let kept = Buffer.alloc(0);

/** Takes every whole request out of what has arrived. */
function drain() {
  for (;;) {
    const line = kept.indexOf(10);
    if (line < 0) return;
    const [operation, length] = kept.toString("utf8", 0, line).split(" ");
    const end = line + 1 + Number(length);
    if (kept.length < end) return;
    // A copy: the module may keep a view while `kept` moves on.
    carry_out(operation, Uint8Array.from(kept.subarray(line + 1, end)));
    kept = kept.subarray(end);
  }
}

process.stdin.on("data", (chunk) => {
  kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
  drain();
});
