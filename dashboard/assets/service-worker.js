// The page without its server: every file of one build, kept in this browser and given where the network does not answer.
//
// The build puts two constants above this text: BUILD, its name, and FILES, the SHA-256 of every file by its path below the page.
//
// Whatever is code has the digest of its content in its path, so that files of two builds cannot meet: a name means the same bytes
// everywhere and for ever, and is given from what is kept at once. What has no such name, the page itself first of all, comes from the
// network while that answers: nobody works with an old page who could have the new one.

const SCOPE = new URL(self.registration.scope);
/** Cache Storage belongs to the whole origin: another copy of the page, in another folder, has caches of its own. */
const OURS = `allocator-page ${SCOPE.pathname} `;
const CACHE = OURS + BUILD;
const INDEX = "index.html";
/** How long a connection that is up and dead may take where there is something to give instead. */
const PATIENCE_MS = 3_000;
/** What a server answers at its own addresses, which look like places inside the dashboard. */
const ADDRESSES = /^(api|healthz|readyz|metrics)$/;

/** A file's path below the page; a place inside the dashboard is the page itself. */
function nameOf(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== SCOPE.origin || !url.pathname.startsWith(SCOPE.pathname)) return undefined;
  const name = decodeURIComponent(url.pathname.slice(SCOPE.pathname.length));
  if (request.mode === "navigate") return name === INDEX || (!/[./]/.test(name) && !ADDRESSES.test(name)) ? INDEX : undefined;
  return Object.hasOwn(FILES, name) || isAddressed(name) ? name : undefined;
}

/** Whether a path says which bytes it means. */
const isAddressed = (name) => name.split(/[/._-]/).some((part) => /^[0-9a-f]{12,}$/.test(part));

/** Caches of this page, the oldest first: this build's, and that of pages which may still be open. */
const ours = async () => (await caches.keys()).filter((name) => name.startsWith(OURS));

/** A kept file: of any build by a name that says which bytes it means, else of this one. */
async function keptOf(name) {
  for (const cache of isAddressed(name) ? await ours() : [CACHE]) {
    const kept = await caches.match(name, { cacheName: cache });
    if (kept) return kept;
  }
  return undefined;
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Fetches every file of this build that is not kept yet; fails where one is missing or is of another build. */
async function keep() {
  const cache = await caches.open(CACHE);
  const names = Object.keys(FILES);
  const next = async () => {
    for (let name; (name = names.pop()) !== undefined; ) {
      if (await cache.match(name)) continue;
      const answer = await fetch(name, { cache: "no-cache" });
      const bytes = await answer.arrayBuffer();
      if (!answer.ok || (await sha256(bytes)) !== FILES[name]) throw new Error(`${name} is not the file of this build.`);
      // The policy stays with the file; what says how it was sent does not.
      const headers = new Headers(answer.headers);
      for (const sent of ["content-encoding", "content-length", "vary"]) headers.delete(sent);
      await cache.put(name, new Response(bytes, { headers }));
    }
  };
  // A few at a time: the page may still be fetching for itself.
  await Promise.all([next(), next(), next()]);
}

/** Keeps what the browser has dropped since, while the server has this build. */
async function refill(page) {
  const build = /<meta name="build" content="(\w+)"/.exec(await page.text())?.[1];
  if (build === BUILD && (await (await caches.open(CACHE)).keys()).length < Object.keys(FILES).length) await keep();
}

/** Until when the server counts as away: what follows a page that was given from here does not wait for it again. */
let awayUntil = 0;

async function answer(event, name) {
  const { request } = event;
  const kept = await keptOf(name);
  if (kept && (isAddressed(name) || (name !== INDEX && Date.now() < awayUntil))) return kept;
  const asked = fetch(request);
  // What a gateway says whose server is away. Without an answer there is only what is kept.
  const isAway = (answer) => [502, 503, 504].includes(answer.status);
  const answered = asked.then((answer) => (kept && isAway(answer) ? kept : answer), (error) => kept ?? Promise.reject(error));
  const late = new Promise((done) => kept && setTimeout(() => done(kept), PATIENCE_MS));
  if (name === INDEX) event.waitUntil(asked.then((answer) => answer.ok && refill(answer.clone())).catch(() => {}));
  const given = await Promise.race([answered, late]);
  if (name === INDEX) awayUntil = given === kept ? Date.now() + 10 * PATIENCE_MS : 0;
  return given;
}

self.addEventListener("install", (event) =>
  event.waitUntil(
    (async () => {
      const isNew = !(await caches.has(CACHE));
      try {
        await keep();
      } catch (error) {
        // Of a build that could not be kept whole nothing is kept.
        if (isNew) await caches.delete(CACHE);
        throw error;
      }
      await self.skipWaiting();
    })(),
  ),
);

self.addEventListener("activate", (event) =>
  event.waitUntil(
    (async () => {
      // Pages of the former build may stand open, and need its files; those before it are gone by now.
      const others = (await ours()).filter((name) => name !== CACHE);
      await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
      // An open page of another build says so to its user.
      const pages = await clients.matchAll({ includeUncontrolled: true, type: "window" });
      for (const page of pages) if (page.url.startsWith(SCOPE.href)) page.postMessage({ build: BUILD });
    })(),
  ),
);

self.addEventListener("fetch", (event) => {
  const name = nameOf(event.request);
  if (name !== undefined) event.respondWith(answer(event, name));
});
