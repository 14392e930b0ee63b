// What an analyst does with the page beside reading it: undo, name, keep, share, stream, take away; and what it does when the browser will not.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { WCAG, allocator, bin, browser, files, fresh, redis, results, serve, serveFolder, tab, violations } from "./harness.js";

let server;
let chrome;
let context;
let page;
let complaints;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "allocator-desk-"));
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function goto(url = server.url) {
  ({ page, complaints } = await tab(context, url));
  await page.locator("[data-testid=digest][data-digest]").first().waitFor();
  return page;
}

beforeEach(async () => {
  await context?.close();
  context = await fresh(chrome);
  await goto(new URL("#/blend", server.url).href);
});

const digest = () => page.getByTestId("digest").getAttribute("data-digest");
// A phone's dock has a second one, hidden here, which a role does not find.
const cap = () => page.getByRole("textbox", { name: "Strategy cap, %", exact: true });
const notices = () => page.getByTestId("notices").innerText();

const idle = () => page.waitForFunction(() => !document.querySelector(".busy-line.shown"));

/** Does something and waits until another digest is shown and stays: typing gives one for each key. */
async function changing(act) {
  const before = await digest();
  await act();
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]")?.dataset.digest !== old, before);
  for (let last, still = 0; still < 3; ) {
    await page.waitForTimeout(80);
    await idle();
    const now = await digest();
    still = now === last ? still + 1 : 0;
    last = now;
  }
  return digest();
}

async function choose(id) {
  await page.keyboard.press("Control+K");
  await page.getByRole("combobox", { name: "Search or run" }).fill(id);
  await page.keyboard.press("Enter");
}

/** Waits until everything is stored. */
const saved = () => page.getByTestId("saved").filter({ hasText: "Saved in this browser" }).waitFor();

async function download(act) {
  const [file] = await Promise.all([page.waitForEvent("download"), act()]);
  const path = join(results, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

const clean = async () => assert.deepEqual(await violations(page, WCAG), []);

describe("undo", () => {
  test("tightens a cap with the keyboard alone and takes it back", async () => {
    const first = await digest();
    await cap().focus();
    await page.keyboard.press("Control+A");
    const second = await changing(async () => {
      await page.keyboard.type("25");
      await page.keyboard.press("Tab");
    });
    assert.equal(await changing(() => page.keyboard.press("Control+Z")), first);
    assert.equal(await changing(() => page.keyboard.press("Control+Shift+Z")), second);
    await page.getByRole("button", { name: "Undo: strategy cap" }).waitFor();
  });
});

describe("scenarios", () => {
  test("are saved, shown, compared and survive a reload", async () => {
    const first = await digest();
    await choose("scenarios save");
    await page.locator("#scenario-name").fill("Base");
    await page.keyboard.press("Enter");
    await page.getByTestId("scenarios").getByText("Base").waitFor();
    await page.keyboard.press("Escape");
    const second = await changing(() => cap().fill("15"));
    await choose("scenarios save");
    assert.match(await page.getByTestId("scenarios").innerText(), /strategy cap: 15\.00 % → 40\.00 %/);
    await page.getByRole("button", { name: "Compare Base with what is in use" }).click();
    await page.getByTestId("compared").getByText("One-way turnover").waitFor();
    await page.screenshot({ path: join(results, "scenarios.png") });
    await clean();
    await page.keyboard.press("Escape");
    await saved();
    await page.reload();
    await page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest === digest, second);
    await choose("scenarios save");
    assert.equal(await changing(() => page.getByTestId("scenarios").getByRole("button", { name: /^Base/ }).click()), first);
  });
});

describe("a reload", () => {
  test("loses neither files nor settings", async () => {
    await page.goto(new URL("#/data", server.url).href);
    await changing(() => page.getByTestId("files").setInputFiles(join(files, "signals.csv")));
    await page.goto(new URL("#/blend", server.url).href);
    const shown = await changing(() => cap().fill("25"));
    await saved();
    for (let times = 0; times < 3; times++) {
      await page.reload();
      await page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest === digest, shown);
      await saved();
    }
    const stored = await page.evaluate(() => new Promise((done) => {
      const opening = indexedDB.open("multi-alpha-allocator");
      opening.onsuccess = () => {
        const request = opening.result.transaction("files").objectStore("files").getAll();
        request.onsuccess = () => done(request.result.map(({ name }) => name));
      };
    }));
    assert.deepEqual(stored, ["signals.csv"], "once, however often");
  });

  test("two tabs: one saves, the other says so and takes over when the first is closed", async () => {
    await saved();
    const first = page;
    await goto(new URL("#/blend", server.url).href);
    await page.getByTestId("saved").filter({ hasText: "Saved by another tab" }).waitFor();
    await page.getByRole("button", { name: "Save here instead" }).click();
    await saved();
    await first.getByTestId("saved").filter({ hasText: "Saved by another tab" }).waitFor();
    await page.close();
    page = first;
    await saved();
  });

  test("a browser that stores nothing is said, and the page works", async () => {
    await context.addInitScript(() => Object.defineProperty(globalThis, "indexedDB", { get: () => ({ open: () => { throw new DOMException("no", "SecurityError"); } }) }));
    await goto(new URL("#/blend", server.url).href);
    await page.getByTestId("saved").filter({ hasText: "Not saved" }).waitFor();
    assert.match(await page.getByTestId("saved").getAttribute("title"), /does not store anything/);
    await changing(() => cap().fill("25"));
  });
});

describe("sharing", () => {
  test("an address shows the same in another browser, and undo leads back", async () => {
    const shown = await changing(() => cap().fill("25"));
    await choose("share");
    const address = await page.getByTestId("share-address").inputValue();
    assert.match(address, /#\/blend\?state=1\.[\w-]+$/);
    await page.screenshot({ path: join(results, "share.png") });
    await clean();
    await context.close();
    context = await fresh(chrome);
    await goto(address);
    await page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest === digest, shown);
    await changing(() => page.keyboard.press("Control+Z"));
  });

  test("an address opened where something is kept leaves it one step back, and loses no scenario", async () => {
    const shown = await changing(() => cap().fill("25"));
    await choose("share");
    const address = await page.getByTestId("share-address").inputValue();
    await context.close();
    context = await fresh(chrome);
    await goto(new URL("#/blend", server.url).href);
    const own = await changing(() => cap().fill("15"));
    await choose("scenarios save");
    await page.locator("#scenario-name").fill("Mine");
    await page.keyboard.press("Enter");
    await page.getByTestId("scenarios").getByText("Mine").waitFor();
    await page.keyboard.press("Escape");
    await saved();
    await page.close();
    await goto(address);
    await page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest === digest, shown);
    await saved();
    await page.keyboard.press("Control+Z");
    await page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest === digest, own);
    await choose("scenarios save");
    await page.getByTestId("scenarios").getByText("Mine").waitFor();
  });

  test("a broken or old address says which it is, and changes nothing", async () => {
    const before = await digest();
    for (const [token, words] of [["1.AAAA", /damaged/], ["0.abc", /version 0/], ["nonsense", /not a saved state/]]) {
      await page.evaluate((token) => (location.hash = `#/blend?state=${token}`), token);
      await page.waitForFunction((source) => new RegExp(source).test(document.querySelector("[data-testid=notices]")?.innerText ?? ""), words.source);
    }
    assert.equal(await digest(), before);
  });

  test("what is copied as code gives the same digest", async () => {
    const shown = await digest();
    await choose("share");
    const request = await download(() => page.getByRole("dialog").getByRole("button", { name: "Request, JSON" }).click());
    writeFileSync(join(folder, "request.json"), readFileSync(request));
    for (const [form, program] of [["HTTP, curl", "sh"], ["HTTP, Python", "python3"]]) {
      await page.getByRole("dialog").getByRole("button", { name: form }).click();
      const text = (await page.getByTestId("code").innerText()).replace("http://127.0.0.1:8080", server.url.replace(/\/$/, ""));
      assert.ok(text.includes(shown), form);
      const path = join(folder, `copied.${program}`);
      writeFileSync(path, text);
      const out = execFileSync(program, [path], { cwd: folder, encoding: "utf8", timeout: 30_000 });
      if (program === "sh") assert.equal(JSON.parse(out).digest, shown);
    }
  });
});

describe("handing in", () => {
  const said = () => page.getByTestId("hand-in-said");
  const submissions = async () => (await (await fetch(new URL("api/v1/submissions", server.url))).json()).submissions;

  test("what is seen is computed by the server, handed in once however often it is clicked, and followed", async () => {
    const shown = await digest();
    const before = (await submissions()).length;
    await page.getByTestId("hand-in-open").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "compared");
    assert.equal(await page.getByTestId("digest-here").innerText(), shown);
    assert.equal(await page.getByTestId("digest-there").innerText(), shown);
    await page.screenshot({ path: join(results, "hand-in.png") });
    await clean();
    // Two clicks of one task: the second comes before anything could be disabled.
    await page.getByTestId("hand-in").evaluate((button) => { button.click(); button.click(); });
    await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "submitted");
    const listed = await submissions();
    assert.equal(listed.length, before + 1, "one effect");
    assert.equal(listed[0].digest, shown);
    assert.ok(await page.getByTestId("hand-in").isDisabled());
    // Whoever executes reports, and the dialog says so.
    const report = (stage) => fetch(new URL(`api/v1/submissions/${listed[0].id}/stage`, server.url), {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ version: 1, stage }),
    });
    await report("acknowledged");
    await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "acknowledged");
    await page.screenshot({ path: join(results, "handed-in.png") });
    assert.match(await page.locator(".foot").innerText(), /sent to the server/);
    // Another opening is another key, and so another submission.
    await page.keyboard.press("Escape");
    await page.getByTestId("hand-in-open").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "compared");
    assert.deepEqual(complaints, []);
  });

  test("what the server computes otherwise is shown beside it and cannot be handed in", async () => {
    const before = (await submissions()).length;
    // One setting is changed on the way: the real server computes the rest.
    await page.route("**/api/v1/blend", (route) => {
      const request = JSON.parse(route.request().postData());
      request.config.per_strategy_max = 0.2;
      return route.continue({ postData: JSON.stringify(request) });
    });
    await page.getByTestId("hand-in-open").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "compared");
    assert.notEqual(await page.getByTestId("digest-there").innerText(), await page.getByTestId("digest-here").innerText());
    assert.match(await said().innerText(), /Nothing can be handed in/);
    assert.ok(await page.getByTestId("hand-in").isDisabled());
    await page.unroute("**/api/v1/blend");
    await page.keyboard.press("Escape");
    // Changed on the way to the submission: the server refuses, with both digests.
    await page.route("**/submissions", (route) => {
      const body = JSON.parse(route.request().postData());
      body.request.config.per_strategy_max = 0.2;
      return route.continue({ postData: JSON.stringify(body) });
    });
    await page.getByTestId("hand-in-open").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "compared");
    await page.getByTestId("hand-in").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "refused");
    assert.match(await said().innerText(), /Not taken\. The digest [0-9a-f]{64} was seen, and [0-9a-f]{64} is what the request gives/);
    assert.notEqual(await page.getByTestId("digest-there").innerText(), await page.getByTestId("digest-here").innerText(), "side by side");
    await page.screenshot({ path: join(results, "hand-in-refused.png") });
    assert.equal((await submissions()).length, before);
  });

  test("what is seen appears in the stream of Redis once, whatever is killed, and not with one weight changed", async () => {
    const there = await redis();
    const own = await serve("--redis", there.url);
    const stage = (wanted) => page.waitForFunction((word) => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === word, wanted);
    try {
      await goto(new URL("#/blend", own.url).href);
      const shown = await digest();
      await page.getByTestId("hand-in-open").click();
      await stage("compared");
      await there.kill();
      // The server takes it, and its answer gets lost; then the server is killed too.
      await page.route("**/submissions", async (route) => { await route.fetch(); await route.abort(); }, { times: 1 });
      await page.getByTestId("hand-in").click();
      await stage("unknown");
      await own.kill();
      await page.getByTestId("hand-in").click();
      await stage("unknown");
      await own.start();
      await page.getByTestId("hand-in").click();
      await stage("approved");
      assert.match(await said().innerText(), /nothing was done twice/);
      await there.start();
      await stage("submitted");
      assert.equal(there.cli("XLEN", "allocator:submissions"), "1");
      assert.ok(there.cli("XRANGE", "allocator:submissions", "-", "+").includes(`"digest":"${shown}"`));
      // One weight is changed on the way.
      await page.keyboard.press("Escape");
      await page.route("**/submissions", (route) => {
        const body = JSON.parse(route.request().postData());
        const first = Object.values(body.request.signals)[0];
        const weights = Array.isArray(first) ? first.map((row) => row.weight ?? row[2]) : first.weight;
        assert.ok(weights[0] > 0);
        if (!Array.isArray(first)) first.weight[0] *= 0.99;
        else if (Array.isArray(first[0])) first[0][2] *= 0.99;
        else first[0].weight *= 0.99;
        return route.continue({ postData: JSON.stringify(body) });
      });
      await page.getByTestId("hand-in-open").click();
      await stage("compared");
      await page.getByTestId("hand-in").click();
      await stage("refused");
      assert.match(await said().innerText(), new RegExp(`The digest ${shown} was seen, and (?!${shown})[0-9a-f]{64} is what`));
      assert.equal(there.cli("XLEN", "allocator:submissions"), "1");
      await own.kill();
      const verified = JSON.parse(execFileSync(bin, ["replay", "--verify", "--data", own.data, "--format", "json"], { encoding: "utf8" }));
      assert.deepEqual([verified.valid, verified.rebuilt, verified.entries.submission], [true, 1, 1]);
    } finally {
      await own.stop();
      await there.stop();
    }
  });

  test("the dialog holds axe's rules in both themes and at every width, and looks the part", async () => {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1440, 720, 360]) {
        await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
        await page.emulateMedia({ colorScheme });
        await choose("Submit this allocation");
        await page.waitForFunction(() => document.querySelector("[data-testid=hand-in-said]")?.dataset.stage === "compared");
        assert.deepEqual(await violations(page), [], `${colorScheme}, ${width} px`);
        const across = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(across <= 0, `${across} px too wide at ${width}`);
        await page.screenshot({ path: join(results, `hand-in-${colorScheme}-${width}.png`) });
        await page.keyboard.press("Escape");
      }
    }
  });

  test("a host of files has nothing to hand in to", async () => {
    const host = await serveFolder("/somewhere/");
    try {
      await goto(new URL("#/blend", host.url).href);
      await page.waitForTimeout(300);
      assert.equal(await page.getByTestId("hand-in-open").count(), 0);
    } finally {
      host.stop();
    }
  });
});

describe("runs of the server", () => {
  test("one is opened here to the digest that was recorded, and another digest says why", async () => {
    const request = {
      version: 1,
      config: { per_strategy_max: 0.45 },
      signals: { fast: [["AAA", 0.9, 0.6], ["BBB", 0.1, 0.30000000000000004]], slow: [["CCC", 0.5, 1]] },
      returns: { fast: Array.from({ length: 40 }, (_, i) => [new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10), Math.sin(i) / 100]) },
    };
    const posted = await fetch(new URL("api/v1/blend?record=true", server.url), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) });
    const answer = await posted.json();
    assert.equal(posted.status, 200, JSON.stringify(answer));
    const recorded = answer.digest;
    const number = posted.headers.get("x-run");
    assert.match(recorded, /^[0-9a-f]{64}$/);
    await page.evaluate(() => (location.hash = "#/data"));
    const runs = page.getByTestId("runs");
    await runs.getByRole("button", { name: "List recorded runs" }).click();
    await runs.getByText(recorded.slice(0, 8)).first().waitFor();
    await clean();
    await page.screenshot({ path: join(results, "runs.png") });
    await runs.getByRole("button", { name: `Open run ${number}`, exact: true }).click();
    await page.getByText(`Run ${number} has the same digest here`).first().waitFor();
    assert.equal(await digest(), recorded);
    assert.equal(await cap().count(), 0, "the view is still Data");
    // Settings are one step of undo away; files stay until they are removed.
    await changing(() => page.keyboard.press("Control+Z"));
    await page.getByTestId("files").setInputFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from("symbol,score,weight\nZZZ,1,1\n") });
    await page.locator('[data-testid=file-list] [data-file="mine.csv"]').waitFor();
    await idle();
    await runs.getByRole("button", { name: "List recorded runs" }).click();
    await runs.getByRole("button", { name: `Open run ${number}`, exact: true }).click();
    await page.getByText(`Run ${number} has another digest here`).first().waitFor();
    assert.match(await notices(), /mine\.csv is in use beside it/);
    assert.deepEqual(complaints, []);
  });

  test("a server that is gone is said", async () => {
    const own = await serve();
    try {
      await goto(new URL("#/data", own.url).href);
      await own.kill();
      await page.getByTestId("runs").getByRole("button", { name: "List recorded runs" }).click();
      await page.getByText("The server did not answer.").first().waitFor();
      assert.ok(await page.getByTestId("runs").getByRole("button", { name: "Ask again" }).isVisible());
    } finally {
      await own.stop();
    }
  });
});

describe("taking away", () => {
  test("weights as Arrow and Parquet are read by the command line", async () => {
    for (const format of ["Arrow", "Parquet"]) {
      const path = await download(() => page.getByRole("button", { name: `Weights, ${format}` }).click());
      const inspected = JSON.parse(await allocator("inspect", path, "--format", "json"));
      assert.equal(inspected.columns[0].name, "symbol");
      assert.ok(inspected.rows > 5 && inspected.columns.length > 4);
    }
  });
});

describe("bad data", () => {
  test("a file of 2 GB is refused before a byte of it is read", async () => {
    const path = join(folder, "huge.csv");
    writeFileSync(path, "symbol,score,weight\n");
    truncateSync(path, 2 ** 31);
    await page.goto(new URL("#/data", server.url).href);
    const before = await digest();
    await page.getByTestId("files").setInputFiles(path);
    await page.waitForFunction(() => /huge\.csv has 2\.15 GB/.test(document.querySelector("[data-testid=notices]")?.innerText ?? ""));
    assert.equal(await digest(), before);
  });

  test("an address that the policy does not name says what to do", async () => {
    await page.goto(new URL("#/data", server.url).href);
    await page.getByLabel("Data by address").fill("https://elsewhere.example/signals.csv");
    await page.keyboard.press("Enter");
    await page.getByTestId("address").filter({ hasText: "server.connect_sources" }).waitFor();
    await page.getByLabel("Data by address").fill("not an address");
    await page.keyboard.press("Enter");
    await page.getByTestId("address").filter({ hasText: "Write it in full" }).waitFor();
  });
});

describe("a stream", () => {
  test("shows what comes, pauses, refuses what is no row, and says when it is lost", async () => {
    let listeners = [];
    const feed = createServer((request, answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream", "access-control-allow-origin": "*", "cache-control": "no-store" });
      answer.write("\n");
      listeners.push(answer);
    });
    await new Promise((done) => feed.listen(0, "127.0.0.1", done));
    const say = (rows) => listeners.forEach((listener) => listener.write(`data: ${JSON.stringify(rows)}\n\n`));
    // A static host sends no policy, so that any address may be listened to.
    const host = await serveFolder("/");
    try {
      await goto(`${host.url}#/data`);
      await page.getByLabel("Live signals").fill(`http://127.0.0.1:${feed.address().port}/`);
      await page.keyboard.press("Enter");
      for (let tries = 0; tries < 50 && listeners.length === 0; tries++) await new Promise((done) => setTimeout(done, 100));
      await changing(() => say([{ strategy: "a", symbol: "AAA", weight: 0.6 }, { strategy: "b", symbol: "BBB", weight: 0.4 }]));
      await changing(() => say({ strategy: "a", symbol: "CCC", weight: 0.2 }));
      await page.getByRole("button", { name: "Pause" }).click();
      const paused = await digest();
      say({ strategy: "a", symbol: "CCC", weight: 0.9 });
      await page.getByTestId("stream").filter({ hasText: "Paused with 3 rows" }).waitFor();
      await new Promise((done) => setTimeout(done, 600));
      assert.equal(await digest(), paused);
      await changing(() => page.getByRole("button", { name: "Go on" }).click());
      say("not a row");
      await page.getByTestId("stream").filter({ hasText: "1 message refused" }).waitFor();
      const last = await digest();
      listeners.forEach((listener) => listener.destroy());
      listeners = [];
      await page.getByTestId("stream").filter({ hasText: "Connecting again" }).waitFor();
      assert.equal(await digest(), last, "what was received is kept");
      // It comes back by itself, and goes on from where it was.
      for (let tries = 0; tries < 100 && listeners.length === 0; tries++) await new Promise((done) => setTimeout(done, 100));
      await page.getByTestId("stream").filter({ hasText: "Live: 3 rows" }).waitFor();
      await changing(() => say({ strategy: "a", symbol: "CCC", weight: 0.5 }));
      await page.screenshot({ path: join(results, "stream.png") });
    } finally {
      feed.closeAllConnections();
      feed.close();
      host.stop();
    }
  });
});

describe("workers", () => {
  test("a worker killed in the middle is replaced within half a second, and nothing is lost", async () => {
    await page.goto(new URL("#/correlation", server.url).href);
    await page.waitForFunction(() => !document.querySelector(".page.busy"));
    const before = await digest();
    const times = [];
    for (const count of [1, 2, 3, 4, 5]) {
      const begun = performance.now();
      // close() ends it without a word, as the browser does when it kills one.
      await page.workers()[0].evaluate(() => self.close()).catch(() => {});
      await page.locator(`[data-testid=engine][data-restarts="${count}"]`).waitFor();
      times.push(performance.now() - begun);
      await page.waitForFunction(() => !document.querySelector(".page.busy"));
    }
    times.sort((a, b) => a - b);
    console.log("a silent end is noticed and answered after", times.map(Math.round), "ms");
    writeFileSync(join(results, "kills.json"), JSON.stringify({ median_ms: Math.round(times[2]), slowest_ms: Math.round(times[4]) }));
    assert.equal(await digest(), before);
    assert.match(await notices(), /restarted|replaced/);
  });
});

describe("the palette", () => {
  test("finds by a few letters, runs by keyboard alone, and is clean", async () => {
    await page.keyboard.press("Control+K");
    const entry = page.getByRole("combobox", { name: "Search or run" });
    await entry.fill("corr");
    assert.equal(await page.getByRole("listbox").getByRole("option", { selected: true }).innerText().then((text) => /Correlation/.test(text)), true);
    await page.screenshot({ path: join(results, "palette.png") });
    await clean();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash.startsWith("#/correlation"));
    await page.keyboard.press("Control+K");
    await entry.fill("zzzz");
    await page.keyboard.press("Enter");
    await page.getByText('Nothing is called "zzzz".').waitFor();
    await page.keyboard.press("Escape");
    await entry.waitFor({ state: "hidden" });
    assert.deepEqual(complaints, []);
  });
});
