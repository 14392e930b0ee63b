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
