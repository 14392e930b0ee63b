// The page without its server: opened once, then the server is killed and the page is loaded again.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { browser, dist, fresh, results, serve, serveFolder, tab } from "./harness.js";

let chrome;

before(async () => {
  chrome = await browser();
});

after(() => chrome?.close());

/** A context that lets the page keep itself. */
const keeping = () => fresh(chrome, { serviceWorkers: "allow" });
const answered = (page) => page.waitForFunction(() => document.querySelector("[data-testid=digest]")?.dataset.digest?.length === 64);
const digest = (page) => page.getByTestId("digest").getAttribute("data-digest");
/** The page is kept whole: its script answers for it from here on. */
const kept = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));

// A page that is being made keeps nothing: what one changes must be seen.
describe("without its server", { skip: !readdirSync(dist).includes("service-worker.js") }, () => {
  test("the page opens, reads a file, shows every view, and says where it was installed from", async () => {
    const server = await serve();
    const context = await keeping();
    const { page } = await tab(context, server.url);
    await answered(page);
    const shown = await digest(page);
    await kept(page);
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
    const context = await keeping();
    const { page } = await tab(context, host.url);
    await answered(page);
    await kept(page);
    const scope = await page.evaluate(() => navigator.serviceWorker.ready.then((kept) => kept.scope));
    assert.equal(scope, host.url);
    host.stop();
    await page.reload();
    await answered(page);
    await context.close();
  });

  test("nothing changes while the server answers, and another build is told and forgets the former", async () => {
    // A site of one's own: the one that other tests look at stays.
    const site = mkdtempSync(join(tmpdir(), "allocator-site-"));
    cpSync(dist, site, { recursive: true });
    for (const name of readdirSync(site)) if (/^(index\.html|service-worker\.js)\.(br|gz)$/.test(name)) rmSync(join(site, name));
    const server = await serve("--assets", site);
    const context = await keeping();
    const { page, complaints } = await tab(context, server.url);
    await answered(page);
    await kept(page);
    const names = () => page.evaluate(() => caches.keys());
    const [former] = await names();
    // The server has another build from here on: its page says so, and its script keeps other files.
    const [index, script] = ["index.html", "service-worker.js"].map((name) => readFileSync(join(site, name), "utf8"));
    const build = /const BUILD = "(\w+)"/.exec(script)[1];
    const other = "0123456789abcdef";
    const sha = (text) => createHash("sha256").update(text).digest("hex");
    writeFileSync(join(site, "index.html"), index.replace(build, other));
    writeFileSync(join(site, "service-worker.js"), script.replace(build, other).replace(sha(index), sha(index.replace(build, other))));
    await page.evaluate(() => navigator.serviceWorker.ready.then((kept) => kept.update()));
    await page.getByTestId("notices").getByText("A newer version of this page").waitFor();
    await page.waitForFunction(async (former) => !(await caches.keys()).includes(former), former);
    assert.deepEqual(await names(), [`allocator-page-${other}`]);
    await page.reload();
    await answered(page);
    assert.equal(await page.getAttribute("meta[name=build]", "content"), other, "the newest page is shown at once");
    assert.equal(await page.getByText("A newer version of this page").count(), 0);
    // A file that is not the one of its build is not kept, nor are the others then.
    writeFileSync(join(site, "service-worker.js"), script.replace(build, "fedcba9876543210"));
    writeFileSync(join(site, "index.html"), index.replace(build, "fedcba9876543210"));
    await assert.rejects(page.evaluate(() => navigator.serviceWorker.ready.then((kept) => kept.update()).then((kept) => new Promise((done, failed) => {
      const coming = kept.installing;
      if (!coming) return failed(new Error("none came"));
      coming.onstatechange = () => (coming.state === "redundant" ? failed(new Error("refused")) : done());
    }))), /refused/);
    assert.deepEqual(complaints, []);
    rmSync(site, { recursive: true });
    await context.close();
    await server.stop();
  });
});
