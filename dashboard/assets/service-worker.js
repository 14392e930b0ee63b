// The page without its server: every file of one build, kept in this browser and given where the network does not answer.
//
// The build puts two constants above this text: BUILD, its name, and FILES, the SHA-256 of every file by its path below the page.
//
// With a network nothing changes: each file comes from the server, as it would without this script. So nobody works with an old page
// who could have the new one, and no file of one build meets those of another: what is kept is kept whole or not at all, and a page of
// another build than the kept one gets nothing of it.

const CACHE = `allocator-page-${BUILD}`;
const INDEX = "index.html";

/** A file's path below the page, if this script answers for it; a place inside the dashboard is the page itself. */
function nameOf(request) {
  const here = new URL(self.registration.scope);
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== here.origin || !url.pathname.startsWith(here.pathname)) return undefined;
  const name = decodeURIComponent(url.pathname.slice(here.pathname.length));
  if (request.mode === "navigate") return name === INDEX || !/[./]/.test(name) ? INDEX : undefined;
  return Object.hasOwn(FILES, name) ? name : undefined;
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Fetches every file of this build and keeps it; fails as a whole where one is missing or is of another build. */
async function keep() {
  const cache = await caches.open(CACHE);
  // A few at a time: the page may still be fetching for itself.
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
  await Promise.all([next(), next(), next()]);
}

/** The network's answer, else the kept file. */
async function answer(event, name) {
  const { request } = event;
  let answered;
  try {
    answered = await fetch(request);
    // A gateway whose server is away says so with 502 to 504.
    if (answered.status < 500) {
      if (name === INDEX && answered.ok) event.waitUntil(compare(answered.clone()));
      return answered;
    }
  } catch {
    // No network, or no server.
  }
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? answered ?? Response.error();
}

/** Forgets what is kept once the server has another build: its page must not meet the files of this one. */
async function compare(page) {
  const build = /<meta name="build" content="(\w+)"/.exec(await page.text())?.[1];
  if (build !== BUILD) await caches.delete(CACHE);
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) =>
  event.waitUntil(
    (async () => {
      const others = (await caches.keys()).filter((name) => name.startsWith("allocator-page-") && name !== CACHE);
      await Promise.all(others.map((name) => caches.delete(name)));
      // An open page of another build says so to its user.
      for (const page of await clients.matchAll({ includeUncontrolled: true, type: "window" })) page.postMessage({ build: BUILD });
    })(),
  ),
);

self.addEventListener("fetch", (event) => {
  const name = nameOf(event.request);
  if (name !== undefined) event.respondWith(answer(event, name));
});
