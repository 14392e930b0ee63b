// What the browser keeps for the page: the state's text and the files' bytes in IndexedDB, and the lock that says which tab saves.
//
// Blobs are stored as such: the browser keeps them on disk and gives them back without reading them.

const NAME = "multi-alpha-allocator";
const VERSION = 1;
const LOCK = "multi-alpha-allocator-saves";

let opening;

/** A request of IndexedDB as a promise. */
function done(request) {
  return new Promise((kept, failed) => {
    request.onsuccess = () => kept(request.result);
    request.onerror = () => failed(request.error);
  });
}

function database() {
  opening ??= new Promise((kept, failed) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("state");
      request.result.createObjectStore("files");
    };
    request.onsuccess = () => {
      const opened = request.result;
      // A newer page wants to change the store: this one must not stand in its way.
      opened.onversionchange = () => {
        opened.close();
        opening = undefined;
      };
      opened.onclose = () => (opening = undefined);
      kept(opened);
    };
    request.onerror = () => failed(request.error);
    request.onblocked = () => failed(new DOMException("Another tab holds an older store open.", "InvalidStateError"));
  }).catch((error) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

/** Runs an act on one store or several; resolves when the browser has made it durable. */
async function within(stores, mode, act) {
  const opened = await database();
  const transaction = opened.transaction(stores, mode);
  const finished = new Promise((kept, failed) => {
    transaction.oncomplete = kept;
    transaction.onabort = () => failed(transaction.error ?? new DOMException("The write was aborted.", "AbortError"));
    transaction.onerror = () => failed(transaction.error);
  });
  // A request that fails also aborts the transaction; the promise of the one must not be left alone by the other.
  finished.catch(() => {});
  const result = await act(...[stores].flat().map((store) => transaction.objectStore(store)));
  if (mode === "readwrite") await finished;
  return result;
}

/** What is stored: { state, files: [{ key, name, blob }] }. */
export async function load() {
  const state = await within("state", "readonly", (store) => done(store.get("page")));
  const [keys, values] = await within("files", "readonly", (store) => Promise.all([done(store.getAllKeys()), done(store.getAll())]));
  return { state, files: values.map((value, index) => ({ key: keys[index], ...value })) };
}

/** Writes the state's text. */
export async function saveState(text) {
  await within("state", "readwrite", (store) => done(store.put(text, "page")));
}

/** Writes a file. */
export async function saveFile(key, name, blob) {
  await within("files", "readwrite", (store) => done(store.put({ name, blob }, key)));
}

/** Forgets a file. */
export async function deleteFile(key) {
  await within("files", "readwrite", (store) => done(store.delete(key)));
}

/** Forgets everything, at once: what is written next comes after it, whichever store it goes to. */
export async function clear() {
  await within(["files", "state"], "readwrite", (files, state) => Promise.all([done(files.clear()), done(state.clear())]));
}

/** Asks to be the tab that saves and tells how it goes: "granted", "elsewhere" (and "granted" once it is free), "taken". */
export function contend(steal, tell) {
  // Without a secure context there are no locks; then every tab saves, as pages have always done.
  if (!navigator.locks) {
    tell("granted");
    return;
  }
  const hold = () => {
    tell("granted");
    return new Promise(() => {});
  };
  const lost = (error) => {
    if (error?.name !== "AbortError") return tell("granted");
    tell("taken");
    // In the queue again: when the tab that took it is closed, this one saves as before.
    return navigator.locks.request(LOCK, hold).catch(lost);
  };
  if (steal) {
    navigator.locks.request(LOCK, { steal: true }, hold).catch(lost);
    return;
  }
  navigator.locks
    .request(LOCK, { ifAvailable: true }, (lock) => {
      if (lock) return hold();
      tell("elsewhere");
      navigator.locks.request(LOCK, hold).catch(lost);
      return undefined;
    })
    .catch(lost);
}

/** The name of an exception, by which the page knows what to say. */
export function kind(error) {
  return String(error?.name ?? "Error");
}
