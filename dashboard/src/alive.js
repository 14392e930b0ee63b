// How a worker of the engine begins, and how the page learns that it has ended, whatever ended it: the worker holds a lock for as long
// as it lives, and the browser gives the lock to whoever waits for it next.

/** A worker that holds a lock of its own, and the lock's name, which no other page and no earlier worker has. */
function begin(name) {
  const lock = `worker-${crypto.randomUUID?.() ?? `${performance.now()}-${Math.random()}`}`;
  const worker = new Worker(new URL(`engine/worker.js?alive=${lock}&hold`, document.baseURI), { type: "module", name });
  return { worker, lock };
}

// The first begins with the page's script: its own scripts come while the page's WebAssembly does. It says nothing before it is
// spoken to, so nothing of it is missed; if it cannot begin, the one that takes its place says why.
let first;
try {
  first = begin("engine");
  first.worker.onerror = (event) => {
    event.preventDefault();
    first = undefined;
  };
} catch {}

/** The worker of a name: the one that has begun, or another. */
export function start(name) {
  const begun = name === "engine" ? first : undefined;
  if (begun) first = undefined;
  return begun ?? begin(name);
}

/** Calls back once the lock of a worker is free. */
export function watch(name, ended) {
  // Without locks (no secure context) only a trap is noticed, which says so itself.
  navigator.locks?.request(name, () => ended()).catch(() => {});
}
