// The page without its server: opened once, then the server is killed and the page is loaded again.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { browser, dist, fresh, results, root, serve, serveFolder, tab } from "./harness.js";

let chrome;

before(async () => {
  chrome = await browser();
});

after(() => chrome?.close());

const answered = (page) => page.waitForFunction(() => document.querySelector("[data-testid=digest]")?.dataset.digest?.length === 64);
const digest = (page) => page.getByTestId("digest").getAttribute("data-digest");
/** The page is kept whole: its script answers for it from here on. */
const kept = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));

/** A page that has an answer and keeps itself, in a context that lets it. */
async function visited(url) {
  const context = await fresh(chrome, { serviceWorkers: "allow" });
  const { page, complaints } = await tab(context, url);
  await answered(page);
  await kept(page);
  return { context, page, complaints };
}

/** A host of files whose server can go away: `is("without a server" | "dead" | "of another build" | "up")`, `of(folder)`. */
function gateway(folder) {
  let [from, state] = [folder, "up"];
  const types = { html: "text/html", js: "text/javascript", css: "text/css", wasm: "application/wasm", csv: "text/csv", woff2: "font/woff2", svg: "image/svg+xml" };
  const host = createServer((request, answer) => {
    if (state === "dead") return;
    const name = decodeURIComponent(new URL(request.url, "http://host").pathname).slice(1) || "index.html";
    if (state === "without a server") return answer.writeHead(502).end("bad gateway");
    if (name === "healthz") return answer.writeHead(200, { "content-type": "text/plain" }).end("ok");
    if (state === "of another build" && name === "index.html") return answer.writeHead(502).end("bad gateway");
    const path = join(from, name);
    if (state === "of another build" || !existsSync(path)) return answer.writeHead(404).end();
    answer.writeHead(200, { "content-type": types[name.split(".").pop()] ?? "application/octet-stream" }).end(readFileSync(path));
  });
  return new Promise((done) => {
    host.listen(0, "127.0.0.1", () => done({
      url: `http://127.0.0.1:${host.address().port}/`,
      is: (next) => (state = next),
      of: (next) => (from = next),
      stop: () => { host.close(); host.closeAllConnections(); },
    }));
  });
}

/** A copy of a site; with another text in one of its scripts it is another build. A spoiled one has a page that is not the one of its list. */
function site(from, text = "", { spoiled = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "allocator-site-"));
  cpSync(from, folder, { recursive: true });
  if (text) {
    const snippets = readdirSync(folder, { recursive: true }).find((name) => name.endsWith("alive.js"));
    appendFileSync(join(folder, snippets), `\n// ${text}\n`);
    execFileSync(process.execPath, [join(root, "xtask/offline.mjs"), folder, join(root, "dashboard/assets/service-worker.js")]);
  }
  const script = readFileSync(join(folder, "service-worker.js"), "utf8");
  const sha = createHash("sha256").update(readFileSync(join(folder, "index.html"))).digest("hex");
  assert.ok(script.includes(sha));
  if (spoiled) writeFileSync(join(folder, "service-worker.js"), script.replace(sha, "0".repeat(64)));
  return { folder, build: /const BUILD = "(\w+)"/.exec(script)[1] };
}

// A page that is being made keeps nothing: what one changes must be seen.
describe("without its server", { skip: !readdirSync(dist).includes("service-worker.js") }, () => {
  test("the page opens, reads a file, shows every view, and says where it was installed from", async () => {
    const server = await serve();
    const { context, page } = await visited(server.url);
    const shown = await digest(page);
    await server.kill();
    const missing = [];
    page.on("requestfailed", (request) => missing.push(request.url()));
    await page.reload();
    await answered(page);
    assert.equal(await digest(page), shown);
    for (const [view, sign] of [["data", "mapping"], ["correlation", "pairs"], ["capital", "capital-methods"], ["backtest", "run-digest"], ["risk", "audit-digest"], ["blend", "weights"]]) {
      await page.evaluate((view) => (location.hash = `#/${view}`), view);
      await page.getByTestId(sign).first().waitFor({ state: "attached" });
    }
    await page.locator(".risk-stack canvas, [data-testid=weights] .bar").first().waitFor();
    await page.screenshot({ path: join(results, "offline.png") });
    await page.evaluate(() => (location.hash = "#/data"));
    await page.getByTestId("files").setInputFiles({ name: "own.csv", mimeType: "text/csv", buffer: Buffer.from("symbol,score,weight\nAAA,1,0.6\nBBB,2,0.4\n") });
    await page.waitForFunction((old) => ![old, ""].includes(document.querySelector("[data-testid=digest]")?.dataset.digest), shown);
    // Its server is missed where it was asked for the page itself and for what only a server has.
    assert.deepEqual(missing.filter((url) => url !== server.url && !/\/(api|healthz|readyz)/.test(url) && !url.endsWith("service-worker.js")), []);
    // A second page, opened by its address, comes from here as well.
    const second = await context.newPage();
    await second.goto(`${server.url}#/correlation`);
    await answered(second);
    const manifest = await second.evaluate(async () => {
      const link = document.querySelector("link[rel=manifest]").href;
      const manifest = await (await fetch(link)).json();
      const icons = await Promise.all(manifest.icons.map(async ({ src, sizes }) => {
        const picture = await createImageBitmap(await (await fetch(new URL(src, link))).blob());
        return [sizes, `${picture.width}x${picture.height}`];
      }));
      return { start: new URL(manifest.start_url, link).href, icons };
    });
    assert.equal(manifest.start, server.url);
    assert.deepEqual(manifest.icons.map(([said]) => said), manifest.icons.map(([, is]) => is));
    await context.close();
    await server.stop();
  });

  test("a host of files keeps it as well, below its folder", async () => {
    const host = await serveFolder("/tools/allocator/");
    const { context, page } = await visited(host.url);
    const scope = await page.evaluate(() => navigator.serviceWorker.ready.then((kept) => kept.scope));
    assert.equal(scope, host.url);
    host.stop();
    await page.reload();
    await answered(page);
    await context.close();
  });

  test("what the browser dropped is kept again, and no answer that is not the page forgets anything", async () => {
    const host = await gateway(dist);
    const { context, page } = await visited(host.url);
    const files = () => page.evaluate(async () => {
      const [name] = await caches.keys();
      return (await (await caches.open(name)).keys()).length;
    });
    const all = await files();
    assert.ok(all > 20);
    await page.goto(`${host.url}healthz`);
    assert.equal(await page.locator("body").innerText(), "ok", "an address of the server is the server's");
    host.is("without a server");
    await page.goto(`${host.url}healthz`);
    assert.equal(await page.locator("body").innerText(), "bad gateway", "also when it is away: nobody is told that it is well");
    host.is("up");
    await page.goto(host.url);
    await answered(page);
    assert.equal(await files(), all);
    await page.evaluate(async () => {
      const cache = await caches.open((await caches.keys())[0]);
      await cache.delete((await cache.keys())[0]);
    });
    assert.equal(await files(), all - 1);
    await page.reload();
    await answered(page);
    for (const begun = performance.now(); (await files()) < all; await page.waitForTimeout(50)) assert.ok(performance.now() - begun < 20_000);
    await context.close();
    host.stop();
  });

  test("a gateway without its server, and a connection that is dead, cost three seconds at most", async () => {
    const host = await gateway(dist);
    const { context, page } = await visited(host.url);
    for (const how of ["without a server", "dead"]) {
      host.is(how);
      const begun = performance.now();
      await page.reload();
      await answered(page);
      const took = performance.now() - begun;
      assert.ok(took < 9_000, `${how}: ${took} ms`);
    }
    // The server comes back with another build while the page loads: it has none of the files that the kept page wants.
    host.is("of another build");
    await page.evaluate(() => (location.hash = "#/risk"));
    await page.reload();
    await answered(page).catch(() => assert.fail("the page stayed blank"));
    await context.close();
    host.stop();
  });

  test("a page that stands open keeps its own build when the server gets another, and is told", async () => {
    // Sites of one's own: the one that other tests look at stays.
    const [first, second, third] = [site(dist), site(dist, "second"), site(dist, "third")];
    assert.equal(new Set([first, second, third].map(({ build }) => build)).size, 3);
    const host = await gateway(first.folder);
    const { context, page, complaints } = await visited(host.url);
    await page.reload();
    await answered(page);
    const build = () => page.getAttribute("meta[name=build]", "content");
    const names = () => page.evaluate(async () => (await caches.keys()).map((name) => name.split(" ").pop()).sort());
    const are = async (...wanted) => {
      for (const begun = performance.now(); (await names()).join() !== wanted.sort().join(); await page.waitForTimeout(50)) {
        assert.ok(performance.now() - begun < 20_000, `${await names()} are kept, not ${wanted}`);
      }
    };
    await are(first.build);
    const update = () => page.evaluate(() => navigator.serviceWorker.ready.then((kept) => kept.update()).then(() => {}, () => {}));
    host.of(second.folder);
    await update();
    await page.getByTestId("notices").getByText("A newer version of this page").waitFor();
    // What stands open keeps its files, though the server has them no more: all of its views come, and another engine worker begins.
    await are(first.build, second.build);
    const before = await digest(page);
    for (const [view, sign] of [["correlation", "pairs"], ["capital", "capital-methods"], ["blend", "weights"]]) {
      await page.evaluate((view) => (location.hash = `#/${view}`), view);
      await page.getByTestId(sign).first().waitFor();
    }
    await page.getByRole("textbox", { name: "Strategy cap, %", exact: true }).fill("20");
    await page.waitForFunction((old) => ![old, ""].includes(document.querySelector("[data-testid=digest]")?.dataset.digest), before);
    assert.equal(await build(), first.build);
    const engine = () => page.evaluate(async () => (await fetch(new URL(`${document.querySelector("meta[name=engine]").content}/worker.js`, document.baseURI))).status);
    assert.equal(await engine(), 200, "the engine of this build is at hand");
    // Loaded anew it is the newest, whole, and so it is without a server.
    for (const how of ["up", "without a server"]) {
      host.is(how);
      await page.reload();
      await answered(page);
      assert.equal(await build(), second.build, how);
      assert.equal(await page.getByText("A newer version of this page").count(), 0);
    }
    assert.deepEqual(complaints.filter((text) => !/502/.test(text)), []);
    // Of three builds the last two are kept.
    host.is("up");
    host.of(third.folder);
    await update();
    await are(second.build, third.build);
    // Of a build with a file that is not its own nothing is kept.
    const spoiled = site(dist, "fourth", { spoiled: true });
    host.of(spoiled.folder);
    await update();
    await page.waitForTimeout(1_500);
    await are(second.build, third.build);
    await context.close();
    host.stop();
    for (const { folder } of [first, second, third, spoiled]) rmSync(folder, { recursive: true });
  });
});
