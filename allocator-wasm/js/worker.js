// The engine off the page thread: one WebAssembly instance, one session, one message at a time.
//
//   page -> worker   { id, kind, ...fields }                 see `handlers` below; buffers may be transferred
//   worker -> page   { kind: "ready", version, milliseconds }
//                    { kind: "answer", id, value, milliseconds }          the work is done
//                    { kind: "problem", id, problem, milliseconds }       the input was refused; the session is unharmed
//                    { kind: "progress", id, done, total }                bytes of a large file that have been read
//                    { kind: "trap", id, message }                        the instance is ruined; this worker has ended
//
// After a trap nothing of the instance may be used again, so the worker says so and closes. The page starts another and
// gives it the files it kept. A worker that the browser kills can say nothing: it holds a lock named in its address (`?alive=`)
// for as long as it lives, and whoever waits for that lock learns of its end, whatever the cause.
//
// With `?hold` in its address the instance is fetched with the first message and not before: a page may start the worker early
// without losing the line to it.

// What the first answer does without comes in parts: after that answer, or when a message needs it sooner.

import init, * as engine from "./allocator_wasm.js";

/** A part that is there: `files`, `operations` or `archive`. */
const part = (name) => engine.fetched(name);

/** After the first answer nothing shall have to be waited for. What does not come now is fetched again when it is wanted. */
let rest = () => {
  rest = () => {};
  for (const name of ["files", "operations", "archive"]) part(name).catch(() => {});
};

/** Set once the instance runs. */
let session;

/** From this size on a file is read in pieces, and the page told how far it is. */
const PIECES_FROM = 8 << 20;
/** Between two such messages. */
const TELL_MS = 100;

/** The bytes of a large file, given piece by piece to whoever holds them. */
async function inPieces(blob, tell, push) {
  let done = 0;
  let told = performance.now();
  for (const reader = blob.stream().getReader(); ; ) {
    const piece = await reader.read();
    if (piece.done) break;
    push(piece.value);
    done += piece.value.length;
    if (performance.now() - told >= TELL_MS) {
      told = performance.now();
      tell(done, blob.size);
    }
  }
  tell(blob.size, blob.size);
}

/** Bytes of whatever the page sent: a File or Blob is read here, not on the page thread. */
async function bytesOf(source) {
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (typeof source === "string") return new TextEncoder().encode(source);
  throw refusal("wrong_type", "", "The data is neither a file nor bytes nor text.", "Send a Blob, an ArrayBuffer or a string.");
}

/** A problem in the shape that the engine gives its own. */
function refusal(code, path, message, hint) {
  const fault = { code, path, message, hint };
  const kind = `urn:multi-alpha-allocator:problem:${code}`;
  const status = code === "io" ? 500 : 422;
  return { type: kind, title: "The input was refused", status, detail: message, ...fault, problems: [fault], omitted: 0 };
}

async function fetched(url) {
  const answer = await fetch(url).catch((error) => {
    throw refusal("io", url, `It could not be fetched: ${error.message}.`, "Check the address and the connection.");
  });
  if (!answer.ok) throw refusal("io", url, `The server answered ${answer.status}.`, "Check the address.");
  return new Uint8Array(await answer.arrayBuffer());
}

/** Whatever becomes of reading a file, as a problem if it fails. */
async function readFile(name, read) {
  try {
    return await read();
  } catch (error) {
    if (error?.problems || isTrap(error)) throw error;
    throw refusal("io", name, `The browser can no longer read it: ${error.message}.`, "It changed since it was chosen. Choose it again.");
  }
}

/** Gives a file to the session. */
async function add({ file, name, source, said }, tell) {
  if (!(source instanceof Blob) || source.size < PIECES_FROM) {
    const [bytes] = await Promise.all([readFile(name, () => bytesOf(source)), part("files")]);
    return session.add_file_as(file, name, bytes, said ?? "");
  }
  // A large one goes piece by piece into the engine's memory and lies there only.
  await part("files");
  const incoming = new engine.Incoming(source.size);
  try {
    await readFile(name, () => inPieces(source, tell, (piece) => incoming.push(piece)));
  } catch (error) {
    incoming.free();
    throw error;
  }
  return session.add_incoming(file, name, incoming, said ?? "");
}

// What crosses as JSON crosses as text: one string is copied faster than a tree of objects. Many numbers cross as columns.
const handlers = {
  /** Reads a file into the session, with what the user says about it, and reports how it was read. */
  add,
  /** A table in another format: `source` is a file of any format the engine reads, the answer its bytes. */
  convert: async ({ name, source, format }) => {
    const [bytes] = await Promise.all([readFile(name, () => bytesOf(source)), part("files")]);
    return engine.convert(name, bytes, format);
  },
  /** Fetches and reads the sample strategies. */
  sample: async ({ bytes }) => session.load_sample(await bytes),
  remove: async ({ file }) => session.remove_file(file),
  clear: async () => session.clear(),
  /** Operations on the loaded data. */
  blend: async ({ config }) => session.blend_columns(config),
  /** The same answer as JSON text, byte for byte as the command line and HTTP give it. */
  answer: async ({ config }) => session.blend(config),
  correlation: async ({ config }) => part("operations").then(() => session.correlation(config)),
  metrics: async ({ config }) => part("operations").then(() => session.metrics(config)),
  /** The canonical request of a blend: the same digest through the command line, HTTP and run(). */
  request: async ({ config }) => session.blend_request(config),
  /** Any operation on the loaded data: the fields named in `uses` are filled in. */
  ask: async ({ operation, request, uses }) => part("operations").then(() => session.ask(operation, request, uses)),
  /** Loaded data as the bytes of a CSV: `prices` or `returns`. */
  table: async ({ field }) => part("files").then(() => session.table(field)),
  /** The canonical request of such an operation, as bytes: the same digest through the command line, HTTP and run(). */
  compose: async ({ operation, request, uses }) => part("operations").then(() => session.compose(operation, request, uses)),
  /** Everything that such a run leaves behind, as the bytes of a ZIP archive. */
  archive: async ({ operation, request, uses }) => part("archive").then(() => session.archive(operation, request, uses)),
  /** Any operation on a request of its own; bytes in, bytes out. */
  run: async ({ operation, request }) => {
    const [bytes] = await Promise.all([bytesOf(request), part("operations")]);
    return engine.run(operation, bytes);
  },
  /** Ends the instance as a defect would, to show that a page survives it. */
  abort: async () => engine.abort(),
};

/** What of an answer is handed over rather than copied: bytes, and columns of numbers. */
function buffersOf(value) {
  if (value === null || typeof value !== "object") return [];
  return (ArrayBuffer.isView(value) ? [value] : Object.values(value).filter(ArrayBuffer.isView)).map(({ buffer }) => buffer);
}

function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

async function answer({ id, kind, ...fields }) {
  const begun = performance.now();
  try {
    const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
    if (!handler) throw refusal("not_found", "/kind", `There is no message kind "${kind}".`, `Known: ${Object.keys(handlers).join(", ")}.`);
    const value = await handler(fields, (done, total) => postMessage({ kind: "progress", id, done, total }));
    const milliseconds = performance.now() - begun;
    postMessage({ kind: "answer", id, value, milliseconds }, buffersOf(value));
    if (kind === "blend") rest();
  } catch (error) {
    if (isTrap(error)) {
      postMessage({ kind: "trap", id, message: String(error?.message ?? error) });
      close();
      return;
    }
    const problem = error?.problems ? error : refusal("internal", "", String(error?.message ?? error), "This is a defect: please report it with the input.");
    postMessage({ kind: "problem", id, problem: JSON.stringify(problem), milliseconds: performance.now() - begun });
  }
}

// Messages are answered in the order they came, also those that wait for a file or for the instance.
let last = Promise.resolve();
addEventListener("message", ({ data }) => {
  if (data?.kind === "sample") {
    // It comes over the line while the instance is compiled, not after it. Whoever waits for it hears of a failure.
    data.bytes = fetched(data.url);
    data.bytes.catch(() => {});
  }
  last = last.then(() => answer(data));
});

const address = new URL(import.meta.url).searchParams;

/** Takes the lock that says that this worker lives; without locks (no secure context) only traps are noticed. */
function live() {
  const name = address.get("alive");
  if (!name || !navigator.locks) return Promise.resolve();
  return new Promise((held) => {
    const hold = () => {
      held();
      return new Promise(() => {});
    };
    // Not having it is no reason not to work.
    navigator.locks.request(name, hold).catch(held);
  });
}

/** Until the instance is wanted. */
function wanted() {
  return address.has("hold") ? new Promise((now) => addEventListener("message", now, { once: true })) : Promise.resolve();
}

let begun;
const instance = wanted().then(() => {
  begun = performance.now();
  return init();
});
last = Promise.all([instance, live()])
  .then(() => {
    session = new engine.Session();
    postMessage({ kind: "ready", version: engine.version(), milliseconds: performance.now() - begun });
  })
  .catch((error) => {
    postMessage({ kind: "trap", id: -1, message: `The engine could not be loaded: ${error?.message ?? error}` });
    close();
  });
