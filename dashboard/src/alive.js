// How the page learns that a worker has ended, whatever ended it: the worker holds a lock for as long as it lives, and the browser
// gives the lock to whoever waits for it next.

/** A name that no other page and no earlier worker has. */
export function fresh() {
  return `worker-${crypto.randomUUID?.() ?? `${performance.now()}-${Math.random()}`}`;
}

/** Calls back once the lock of a worker is free. */
export function watch(name, ended) {
  // Without locks (no secure context) only a trap is noticed, which says so itself.
  navigator.locks?.request(name, () => ended()).catch(() => {});
}
