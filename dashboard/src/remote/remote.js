// Files that are not on this machine, and things dropped that are no files.

/** Fetches an address into a blob, not beyond a limit; tells how far it is. */
export async function fetched(address, limit, signal, tell) {
  const answer = await fetch(address, { signal, credentials: "omit", redirect: "follow" });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  const announced = Number(answer.headers.get("content-length")) || null;
  if (announced !== null && announced > limit) throw new RangeError(String(announced));
  const pieces = [];
  let done = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const piece = await reader.read();
    if (piece.done) break;
    done += piece.value.length;
    if (done > limit) {
      await reader.cancel();
      throw new RangeError(String(done));
    }
    pieces.push(piece.value);
    tell(done, announced);
  }
  return new Blob(pieces);
}

/** Names of the folders among what was dropped. */
export function folders(transfer) {
  return Array.from(transfer.items ?? [])
    .map((item) => item.webkitGetAsEntry?.())
    .filter((entry) => entry?.isDirectory)
    .map((entry) => entry.name);
}

// The server behind the page, where there is one.

/** Whether the page comes from a server that computes: it says so in a header. A plain host of files is asked for nothing that it has not. */
export async function served() {
  try {
    const answer = await fetch(document.baseURI.split("#")[0], { method: "HEAD", credentials: "omit", cache: "no-store" });
    return answer.headers.get("x-allocator-api") !== null;
  } catch {
    return false;
  }
}

/** Asks; answers status and text, status 0 where nothing came within half a minute. */
export async function asked(method, path, key, token, body) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key) headers["idempotency-key"] = key;
  if (token) headers.authorization = `Bearer ${token}`;
  try {
    const answer = await fetch(new URL(path, document.baseURI), {
      method, headers, body, credentials: "omit", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(30_000),
    });
    return [answer.status, await answer.text()];
  } catch {
    return [0, ""];
  }
}

/** A word that nobody else has: 128 random bits. */
export function key() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
