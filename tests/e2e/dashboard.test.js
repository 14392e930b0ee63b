// The dashboard as its users meet it: the real server, the real browser, files as their tools write them.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { PATIENCE, allocator, browser, dist, engine, files, fresh, results, serve, serveFolder, tab, violations } from "./harness.js";

const SAME_SIGNALS = ["signals_polars_default.arrow", "signals_pandas_default.feather", "signals.csv"];
const at = (name) => join(files, name);

let server;
let chrome;
let context;
let page;
/** What the browser's console complained of; a test that expects complaints empties it. */
let complaints;

before(async () => {
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
});

async function open(options = {}) {
  await context?.close();
  context = await fresh(chrome, options);
  ({ page, complaints } = await tab(context, server.url));
  await page.locator("[data-testid=weights] tbody tr").first().waitFor();
}

beforeEach(() => open());

/** Goes to a view by its address, as a link does. */
async function go(view) {
  await page.evaluate((view) => (location.hash = `#/${view}`), view);
  await page.locator(`.page[data-view="${view}"]`).waitFor();
}

const digest = () => page.getByTestId("digest").getAttribute("data-digest");
const picture = (name) => page.screenshot({ path: join(results, `${name}.png`), fullPage: false });
/** Chooses files in the Data view and comes back. */
async function choose(...names) {
  const view = await page.locator(".page").getAttribute("data-view");
  await go("data");
  await page.getByTestId("files").setInputFiles(names.map(at));
  await go(view);
}
const idle = () => page.waitForFunction(() => !document.querySelector(".busy-line.shown"));
const fileLine = (name) => page.locator(`[data-testid=file-list] [data-file="${name}"]`);

/** Final weights as the page shows them, in per cent. */
async function weights() {
  await go("blend");
  const rows = await page.locator("[data-testid=weights] tbody tr").all();
  const pairs = await Promise.all(
    rows.map(async (row) => {
      const figure = await row.locator("td.number .figure").first().innerText();
      return [await row.getAttribute("data-symbol"), Number(figure.replace("−", "-"))];
    }),
  );
  return Object.fromEntries(pairs);
}

/** The entry of a number. A phone's dock has a second one, hidden here, which a role does not find. */
const entryOf = (name) => page.getByRole("textbox", { name, exact: true });

/** Waits until nothing is computed and the digest has stood still: typing gives one for each key. */
async function settled() {
  for (let last, still = 0; still < 3; ) {
    await page.waitForTimeout(80);
    await idle();
    const now = await digest();
    still = now === last ? still + 1 : 0;
    last = now;
  }
}

/** Does something and waits until another digest is shown and stays. */
async function changing(act) {
  const before = await digest();
  await act();
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]")?.dataset.digest !== old, before);
  await settled();
  return digest();
}

/** Lets files go over the page, as a hand with a mouse does. */
async function drop(...names) {
  const data = await page.evaluateHandle(
    (list) => {
      const transfer = new DataTransfer();
      for (const { name, text } of list) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    },
    names.map((name) => ({ name: basename(name), text: readFileSync(at(name)).toString("base64") })),
  );
  for (const event of ["dragenter", "dragover", "drop"]) await page.dispatchEvent("main", event, { dataTransfer: data });
}

async function download(button) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  const path = join(results, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

async function commandLine(name) {
  return JSON.parse(await allocator("blend", "--signals", at(name)));
}

describe("first screen", () => {
  test("shows an allocation of the sample strategies with its source", async () => {
    assert.match(await digest(), /^[0-9a-f]{64}$/);
    assert.ok(Object.keys(await weights()).length > 5);
    assert.ok(await page.getByText("Source: ECB statistics").first().isVisible());
    assert.match(await page.getByTestId("announcement").innerText(), /^Allocated: /);
    assert.ok((await page.locator("[data-testid=strategies] li").count()) > 1);
    await picture("first-screen");
  });

  test("nothing waits for what it does not need", async () => {
    const empty = await fresh(chrome);
    const other = await empty.newPage();
    const begun = {};
    const ended = {};
    // A page that has something to show before its WebAssembly has come.
    await other.route("**/dashboard*_bg.wasm", async (route) => {
      await other.locator("#coming").waitFor();
      await new Promise((later) => setTimeout(later, 1_000));
      await route.continue();
    });
    const name = (request) => new URL(request.url()).pathname.split("/").pop();
    other.on("request", (request) => (begun[name(request)] ??= performance.now()));
    other.on("requestfinished", (request) => (ended[name(request)] ??= performance.now()));
    await other.goto(server.url);
    await other.waitForFunction(() => document.querySelector("[data-testid=digest]")?.dataset.digest?.length === 64);
    const page_wasm = Object.keys(ended).find((name) => /^dashboard.*_bg\.wasm$/.test(name));
    assert.ok(begun["worker.js"] < ended[page_wasm], "the engine's scripts come beside the page");
    const engine_wasm = Object.keys(ended).find((name) => /^allocator_wasm.*_bg\.wasm$/.test(name));
    assert.ok(begun[engine_wasm] > ended["worker.js"] + 500, "the engine leaves the line to the page");
    assert.ok(begun["ecb_euro_reference_rates.csv"] < ended[engine_wasm], "the sample comes beside the engine");
    assert.equal(await other.locator("#coming").count(), 0);
    await empty.close();
  });

  test("asks nothing of other hosts and breaks no rule of its own policy", async () => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.reload();
    await page.getByTestId("weights").waitFor();
    assert.deepEqual(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:") && !url.startsWith("blob:")), []);
    assert.deepEqual(complaints, []);
  });

  test("comes from a folder of a plain static host as well", async () => {
    const shown = await digest();
    const host = await serveFolder("/some/folder/");
    await page.goto(host.url);
    await page.getByTestId("weights").waitFor();
    assert.equal(await digest(), shown);
    host.stop();
  });
});

// A page that is being made is in one piece; a built one comes in parts.
describe("parts that come later", { skip: !readdirSync(join(dist, engine)).some((name) => name.endsWith("_split.js")) }, () => {
  /** A page for which some files cannot be reached. */
  async function without(files, hash = "") {
    const context = await fresh(chrome);
    const other = await context.newPage();
    await other.route(files, (route) => route.abort());
    await other.goto(new URL(hash, server.url).href);
    await other.waitForFunction(() => document.querySelector("[data-testid=digest]")?.dataset.digest?.length === 64);
    return other;
  }

  test("all are there soon after the first answer", async () => {
    const context = await fresh(chrome);
    const other = await context.newPage();
    const come = new Set();
    other.on("requestfinished", (request) => come.add(/_split_(\w+)\.wasm$/.exec(request.url())?.[1]));
    await other.goto(server.url);
    const wanted = ["later", "files", "operations", "archive"];
    for (const begun = performance.now(); !wanted.every((part) => come.has(part)); await other.waitForTimeout(50)) {
      assert.ok(performance.now() - begun < PATIENCE, `only ${[...come].join(", ")} came`);
    }
    await context.setOffline(true);
    for (const view of ["data", "correlation", "capital", "backtest", "risk", "blend"]) {
      await other.evaluate((view) => (location.hash = `#/${view}`), view);
      await other.locator(`.page[data-view=${view}] .inputs .panel`).first().waitFor();
    }
    assert.equal(await other.getByTestId("view-missing").count(), 0);
    await other.context().close();
  });

  test("a view that does not come says so, and comes when it is asked for again", async () => {
    const other = await without("**/dashboard*_split_later.wasm", "#/risk");
    const missing = other.getByTestId("view-missing");
    await missing.waitFor();
    await other.screenshot({ path: join(results, "view-missing.png") });
    await other.keyboard.press("2");
    await other.getByTestId("weights").waitFor();
    await other.keyboard.press("6");
    await missing.waitFor();
    await other.unroute("**/dashboard*_split_later.wasm");
    await missing.getByRole("button", { name: "Try again" }).click();
    await missing.waitFor({ state: "detached" });
    await other.locator("main .panel").first().waitFor();
    await other.context().close();
  });

  test("a reader that does not come costs the file its place, and nothing else", async () => {
    const other = await without("**/allocator_wasm*_split_files.wasm");
    const shown = () => other.getByTestId("digest").getAttribute("data-digest");
    const former = await shown();
    await other.evaluate(() => (location.hash = "#/data"));
    const input = other.getByTestId("files");
    await input.setInputFiles(at("signals.csv"));
    const refusal = other.locator('[data-testid=refusals] [data-file="signals.csv"]');
    await refusal.waitFor();
    assert.match(await refusal.innerText(), /A part of the engine did not come.*Check the connection/s);
    assert.equal(await shown(), former);
    await other.unroute("**/allocator_wasm*_split_files.wasm");
    await input.setInputFiles(at("signals.csv"));
    await refusal.waitFor({ state: "detached" });
    await other.waitForFunction((old) => document.querySelector("[data-testid=digest]")?.dataset.digest !== old, former);
    await other.context().close();
  });
});

describe("files", () => {
  test("one digest for the same table, whoever wrote it, here, on the command line and over HTTP", async () => {
    const digests = [];
    for (const name of SAME_SIGNALS) {
      await open();
      digests.push(await changing(() => drop(name)));
    }
    for (const name of SAME_SIGNALS) digests.push((await commandLine(name)).digest);
    const request = readFileSync(await download("Request, JSON"));
    const answer = await fetch(new URL("api/v1/blend", server.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: request,
    });
    digests.push((await answer.json()).digest);
    assert.equal(new Set(digests).size, 1, digests.join("\n"));
    await picture("own-signals");
  });

  test("dropped one after the other they replace each other and the digest stays", async () => {
    const first = await changing(() => drop(SAME_SIGNALS[0]));
    await go("data");
    for (const name of SAME_SIGNALS.slice(1)) {
      await drop(name);
      await fileLine(name).getByText("signals of").waitFor();
    }
    assert.equal(await digest(), first);
  });

  test("the downloaded answer is the command line's, number for number", async () => {
    await changing(() => choose("signals.csv"));
    const answer = JSON.parse(readFileSync(await download("Result, JSON"), "utf8"));
    assert.deepEqual(answer, await commandLine("signals.csv"));
    const csv = readFileSync(await download("Weights, CSV"), "utf8").trim().split("\n");
    assert.equal(csv.length, answer.weights.length + 1);
    assert.ok(csv[1].startsWith(`${answer.weights[0].symbol},${answer.weights[0].final_weight},`));
  });

  test("the mapping shows what each column was taken for", async () => {
    await changing(() => choose("signals.csv"));
    await go("data");
    const mapping = page.getByTestId("mapping");
    const roles = await mapping.locator("thead th[data-role]").evaluateAll((heads) => heads.map((head) => head.dataset.role));
    assert.deepEqual(roles, ["strategy", "symbol", "score", "weight"]);
    assert.match(await mapping.innerText(), /BRK\.B/);
    await picture("mapping");
  });

  test("a file with missing scores says where, and the former result stays", async () => {
    const former = [await digest(), await weights()];
    await drop("polars_ipc_default.arrow");
    const refusal = page.locator('[data-testid=refusals] [data-file="polars_ipc_default.arrow"]');
    await refusal.waitFor();
    assert.match(await refusal.innerText(), /score/);
    await refusal.getByRole("button", { name: "See how it was read" }).click();
    assert.match(await page.getByTestId("mapping").innerText(), /score/);
    assert.deepEqual([await digest(), await weights()], former);
    await go("data");
    await picture("missing-scores");
    await refusal.getByRole("button", { name: "Remove it" }).click();
    await refusal.waitFor({ state: "detached" });
  });

  test("every file is read, or refused, as on the command line", async () => {
    const names = readdirSync(files).filter((name) => !/\.(md|py)$/.test(name));
    assert.ok(names.length > 40);
    await page.evaluate(async () => {
      globalThis.engine = await import(new URL(`${document.querySelector("meta[name=engine]")?.content ?? "engine"}/allocator_wasm.js`, document.baseURI).href);
      await globalThis.engine.default();
      await globalThis.engine.fetched("files");
    });
    for (const name of names) {
      const text = readFileSync(at(name)).toString("base64");
      const here = await page.evaluate(
        ([name, text]) => globalThis.engine.inspect(name, Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))),
        [name, text],
      );
      const there = await allocator("inspect", name, "--format", "json").catch((error) => error.stdout || error.stderr);
      assert.deepEqual(here, JSON.parse(there), name);
    }
  });

  test("what is no table at all is explained", async () => {
    await go("data");
    await page.getByTestId("files").setInputFiles([
      { name: "book.xlsx", mimeType: "application/zip", buffer: Buffer.from("PK\u0003\u0004 and so on") },
      { name: "nothing.csv", mimeType: "text/csv", buffer: Buffer.alloc(0) },
      { name: "cut.parquet", mimeType: "application/octet-stream", buffer: readFileSync(at("signals_polars_default.parquet")).subarray(0, 300) },
    ]);
    for (const name of ["book.xlsx", "nothing.csv", "cut.parquet"]) {
      await page.locator(`[data-testid=refusals] [data-file="${name}"]`).waitFor();
    }
    assert.match(await page.getByTestId("refusals").innerText(), /Excel/);
    await picture("no-tables");
  });

  test("returns beside signals give correlations", async () => {
    await changing(() => choose("signals.csv"));
    await changing(() => choose("returns_wide.csv"));
    await go("correlation");
    const cells = await page.locator("[data-testid=correlation] td.rho").count();
    assert.equal(cells, 3);
    assert.ok((await page.getByTestId("alert").count()) >= 1, "alpha_baseline and momentum share a factor");
    const answer = JSON.parse(await allocator("blend", "--signals", at("signals.csv"), "--returns", at("returns_wide.csv")));
    assert.equal(await digest(), answer.digest);
    await picture("correlations");
  });

  test("removing the last file brings the sample back", async () => {
    const sample = await digest();
    await changing(() => choose("signals.csv"));
    await go("data");
    assert.equal(await changing(() => page.getByRole("button", { name: "Remove signals.csv" }).click()), sample);
  });

  test("a table pasted from a spreadsheet is a file", async () => {
    await changing(() =>
      page.evaluate(() => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", "symbol\tscore\tweight\nAAA\t1\t0.6\nBBB\t0.5\t0.4\n");
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
      }),
    );
    assert.deepEqual(Object.keys(await weights()).sort(), ["AAA", "BBB"]);
  });
});

describe("settings", () => {
  test("changing the cap changes the weights, by entry, slider and reset", async () => {
    await changing(() => choose("signals.csv"));
    const [before, first] = [await weights(), await digest()];
    const entry = entryOf("Strategy cap, %");
    await changing(() => entry.fill("25"));
    assert.notDeepEqual(await weights(), before);
    assert.equal(await page.getByTestId("cash").innerText(), "25.00");
    assert.ok((await page.getByTestId("cash-reason").innerText()).length > 0);
    await picture("cap-25");
    const slider = page.getByRole("slider", { name: "Strategy cap, %, slider" });
    await changing(() => slider.press("ArrowRight"));
    assert.equal(await entry.inputValue(), "26.00");
    assert.equal(await changing(() => page.getByRole("button", { name: "Reset Strategy cap to its default" }).click()), first);
  });

  test("every method explains itself and computes or says what it lacks", async () => {
    const method = page.getByLabel("How strategies are weighed");
    // Fixed weights can be chosen only where there are some to fix.
    const words = await method.locator("option").evaluateAll((options) => options.filter((option) => !option.disabled).map((option) => option.value));
    assert.ok(words.length >= 5);
    assert.ok(words.includes("inverse_vol"));
    for (const word of words) {
      await method.selectOption(word);
      await idle();
      assert.ok((await page.locator("#method-help").innerText()).length > 10);
    }
  });

  test("an entry that is no number says so and changes nothing", async () => {
    const before = await digest();
    const entry = entryOf("Cash reserve, %");
    await entry.fill("0,085");
    await entry.press("Tab");
    await page.getByText("Write 0.085 with a decimal point").waitFor();
    assert.equal(await digest(), before);
    await picture("entry-refused");
    await entry.fill("150");
    await page.getByText("These settings give no allocation").waitFor();
    assert.equal(await digest(), before);
    await changing(() => entry.fill("5"));
    assert.equal(await page.getByText("These settings give no allocation").count(), 0);
  });

  test("all by keyboard", async () => {
    const entry = entryOf("Strategy cap, %");
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press("Tab");
      if (await entry.evaluate((element) => element === document.activeElement)) break;
    }
    assert.ok(await entry.evaluate((element) => element === document.activeElement));
    await page.keyboard.press("Control+A");
    await changing(() => page.keyboard.type("20"));
    const second = page.locator("[data-testid=weights] tbody tr").nth(1).getByRole("button");
    await second.focus();
    await page.keyboard.press("Enter");
    assert.ok(await page.getByText(`Explain ${await second.innerText()}`).isVisible());
  });
});

describe("failure", () => {
  /** Ends the instance in the worker as a defect of the engine would. */
  const trap = async () => {
    const [worker] = page.workers();
    await worker.evaluate(() => self.dispatchEvent(new MessageEvent("message", { data: { id: -1, kind: "abort" } }))).catch(() => {});
  };

  test("a hundred traps cost a hundred workers, not the page", async () => {
    await changing(() => choose("signals.csv"));
    const [before, shown] = [await digest(), await weights()];
    const times = [];
    for (let count = 1; count <= 100; count++) {
      const begun = performance.now();
      await trap();
      await page.locator(`[data-testid=engine][data-restarts="${count}"]`).filter({ hasText: "runs" }).waitFor();
      times.push(performance.now() - begun);
      await idle();
    }
    assert.deepEqual([await digest(), await weights()], [before, shown]);
    assert.ok(await page.getByText("The engine was restarted").first().isVisible());
    await picture("engine-restarted");
    await changing(() => entryOf("Strategy cap, %").fill("30"));
    times.sort((a, b) => a - b);
    const figures = { median_ms: Math.round(times[50]), slowest_ms: Math.round(times[99]) };
    writeFileSync(join(results, "traps.json"), JSON.stringify(figures));
    console.log("new worker after a trap:", figures);
  });
});

describe("views", () => {
  test("an address names its view, links and digits go there, back comes back", async () => {
    await page.goto(`${server.url}#/correlation`);
    await page.reload();
    await page.getByRole("heading", { name: "Correlation of strategies" }).waitFor();
    assert.match(await page.title(), /^Correlation/);
    await page.keyboard.press("1");
    await page.locator('.page[data-view="data"]').waitFor();
    await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: /^Blend/ }).click();
    await page.locator('.page[data-view="blend"]').waitFor();
    await page.goBack();
    await page.locator('.page[data-view="data"]').waitFor();
  });

  test("? shows the keys, and single keys can be switched off", async () => {
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog", { name: "Keyboard" });
    await sheet.waitFor();
    await picture("keys");
    await sheet.getByLabel(/Keys without Ctrl/).uncheck();
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    await page.keyboard.press("1");
    assert.equal(await page.locator(".page").getAttribute("data-view"), "blend");
    await page.reload();
    await page.getByTestId("weights").waitFor();
    await page.keyboard.press("?");
    assert.equal(await sheet.count(), 0);
  });

  test("every sum of an explanation foots with what is printed", async () => {
    const rows = page.locator("[data-testid=weights] tbody tr");
    for (let index = 0; index < (await rows.count()); index++) {
      await rows.nth(index).getByRole("button").click();
      const final = page.locator("[data-testid=explain] tbody td:last-child");
      const parts = (await final.allInnerTexts()).map((text) => Math.round(Number(text.replace("−", "-")) * 100));
      const total = await page.locator("[data-testid=explain] tfoot td:last-child").innerText();
      const printed = Math.round(Number(total.replace("−", "-").replace("≈", "").trim()) * 100);
      const sum = parts.reduce((a, b) => a + b, 0);
      assert.equal(total.includes("≈"), sum !== printed, `${await rows.nth(index).innerText()}: ${parts} against ${total}`);
    }
  });

  test("the ghost is the state before the last change, and turnover half of what moved", async () => {
    assert.equal(await page.locator(".ghost i").count(), 0);
    const before = await weights();
    await changing(() => entryOf("Strategy cap, %").fill("25"));
    const after = await weights();
    const symbols = new Set([...Object.keys(before), ...Object.keys(after)]);
    const moved = [...symbols].reduce((sum, symbol) => sum + Math.abs((after[symbol] ?? 0) - (before[symbol] ?? 0)), 0) / 2;
    const shown = Number(await page.locator(".capital-sums dd").nth(2).innerText());
    assert.ok(Math.abs(shown - moved) < 0.02 * symbols.size, `${shown} against ${moved}`);
    assert.ok((await page.locator(".ghost i").count()) > 1);
  });

  test("a strategy is left out and taken in again", async () => {
    const [first, sample] = [page.locator("[data-testid=strategies] li").first(), await digest()];
    await changing(() => first.getByRole("checkbox").uncheck());
    assert.equal(await first.locator(".number").last().innerText(), "0.00");
    assert.equal(await changing(() => first.getByRole("checkbox").check()), sample);
  });

  test("bars, table, areas; T shows tables everywhere", async () => {
    await page.getByRole("button", { name: "Treemap" }).click();
    assert.ok((await page.locator(".treemap button").count()) > 5);
    await picture("treemap");
    await page.locator(".treemap button").first().click();
    await page.getByRole("heading", { name: /^Explain / }).waitFor();
    await page.keyboard.press("t");
    assert.equal(await page.locator(".treemap").count(), 0);
    assert.equal(await page.locator("[data-testid=weights] .bar").count(), 0);
    await go("correlation");
    // The figures of a pair come from a worker, after the view.
    await page.locator("[data-testid=rolling] tbody tr").nth(20).waitFor({ state: "attached" });
    assert.equal(await page.locator(".tree").count(), 0);
    await picture("tables");
  });

  test("a pair is followed through time and its crossing dated", async () => {
    await go("correlation");
    await page.locator("[data-testid=rolling] canvas").waitFor();
    const pairs = page.locator("[data-testid=pairs] tbody tr");
    const chart = page.locator("[data-testid=rolling] .chart");
    const former = await chart.getAttribute("data-chart");
    await pairs.nth(1).getByRole("button").click();
    await page.locator("[data-testid=pair]").getByText("Together they hold").waitFor();
    // Drawn anew for the pair, not the former one that is about to go.
    await page.waitForFunction((former) => ![null, undefined, former].includes(document.querySelector("[data-testid=rolling] .chart")?.dataset.chart), former);
    await chart.getByRole("slider").focus();
    await page.keyboard.press("ArrowLeft");
    await chart.locator(".chart-readout").filter({ hasText: /\d+\s+ρ/ }).waitFor();
    const strategies = await page.locator("[data-testid=strategies] li").count();
    assert.equal(await page.locator("[data-testid=correlation] td.rho").count(), (strategies * (strategies - 1)) / 2, "every pair has its cell");
    await picture("pair");
  });

  test("the threshold decides who alerts, by keyboard alone", async () => {
    await go("correlation");
    const values = await page.locator("[data-testid=correlation] td.rho button b").allInnerTexts();
    const lowest = Math.min(...values.map(Number));
    const entry = entryOf("Alert above ρ");
    await entry.focus();
    await page.keyboard.press("Control+A");
    await changing(() => page.keyboard.type(String(Math.max(0, Math.floor(lowest * 100 - 1) / 100))));
    const badge = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: /Correlation/ });
    assert.equal(await badge.locator(".badge > span").first().innerText(), String(values.length));
    assert.equal(await page.locator("[data-testid=correlation] td.rho.alert").count(), values.length);
  });

  test("a slider steps, jumps, creeps and returns to its default", async () => {
    const slider = page.getByRole("slider", { name: "Strategy cap, %, slider" });
    const entry = entryOf("Strategy cap, %");
    await slider.focus();
    for (const [keys, shown] of [["ArrowLeft", "39.00"], ["Shift+ArrowLeft", "29.00"], ["Alt+ArrowRight", "29.02"], ["Delete", "40.00"]]) {
      await changing(() => page.keyboard.press(keys));
      assert.equal(await entry.inputValue(), shown, keys);
    }
  });
});

describe("memory", () => {
  test("a change is undone and made again by keyboard, and a scenario keeps it", async () => {
    const first = await digest();
    const entry = entryOf("Strategy cap, %");
    await entry.focus();
    await page.keyboard.press("Control+A");
    const second = await changing(() => page.keyboard.type("25"));
    await page.keyboard.press("Tab");
    await page.getByTestId("weights").locator("tbody tr").first().getByRole("button").focus();
    assert.equal(await changing(() => page.keyboard.press("Control+Z")), first);
    assert.equal(await changing(() => page.keyboard.press("Control+Shift+Z")), second);
    await page.getByRole("button", { name: /^Scenario/ }).click();
    await page.getByPlaceholder("Name of the settings as they are now").fill("Tight caps");
    await page.keyboard.press("Enter");
    await page.getByTestId("scenarios").getByText("the settings as they are now").waitFor();
    await picture("scenarios");
    await page.keyboard.press("Escape");
    await changing(() => page.keyboard.press("Control+Z"));
    await page.keyboard.press("Control+K");
    await page.getByRole("combobox", { name: "Search or run" }).fill("tight");
    await picture("palette");
    assert.equal(await changing(() => page.keyboard.press("Enter")), second);
  });

  test("a reload loses neither settings nor files", async () => {
    await changing(() => choose("signals.csv"));
    const before = await changing(() => entryOf("Strategy cap, %").fill("25"));
    await page.locator(".foot").getByText("Saved in this browser").waitFor();
    await page.reload();
    await page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest === digest, before);
    assert.equal(await entryOf("Strategy cap, %").inputValue(), "25.00");
  });
});

describe("mending", () => {
  const TEXT = "ccy;asof;z;w;note\nUSD;2026-10-30;0.412;0.120;v3\nGBP;2026-10-30;1.204;0.180;v3\nNOK;2026-10-30;0.631;0,085;v3\nGBP;2026-10-30;1.204;0.180;v3\nHUF;2026-10-30;;0.045;v3\n";

  test("a file explains itself at its cells, is mapped, mended and used; nothing is guessed", async () => {
    const sample = await digest();
    await go("data");
    await page.getByTestId("files").setInputFiles([{ name: "value_carry.csv", mimeType: "text/csv", buffer: Buffer.from(TEXT) }]);
    await page.locator('[data-testid=file-list] [data-file="value_carry.csv"]').getByText("not used").waitFor();
    assert.equal(await digest(), sample);
    const take = (column, role) => page.getByLabel(`What the column ${column} is taken for`).selectOption({ label: role });
    for (const [column, role] of [["ccy", "Symbol"], ["asof", "Date"], ["z", "Score"], ["w", "Weight"], ["note", "Not used"]]) {
      await take(column, role);
      await idle();
    }
    const faulty = page.locator("[data-testid=mapping] td.faulty");
    await faulty.first().waitFor();
    await page.getByTestId("preview").getByText("if all is mended as proposed; 3 symbols").waitFor();
    await picture("mapping-problems");
    await page.locator('[data-testid=mapping] td.faulty button:has-text("0,085")').click();
    await page.getByText("value_carry.csv:4:4").first().waitFor();
    await picture("mapping-mend");
    await page.getByRole("button", { name: "Set to 0.085" }).click();
    await idle();
    for (let round = 0; round < 5 && (await faulty.count()) > 0; round++) {
      await faulty.first().getByRole("button").first().click();
      await page.getByRole("button", { name: /^Leave out line/ }).first().click();
      await idle();
    }
    await page.getByText("In use.").waitFor();
    assert.notEqual(await digest(), sample);
    assert.deepEqual(Object.keys(await weights()).sort(), ["GBP", "NOK", "USD"]);
    await go("data");
    assert.ok(await page.getByText("3 mends by you").isVisible());
    await picture("mapping-mended");
  });
});

describe("looks", () => {
  /** Runs axe on what is shown. */
  const inspect = async (what) => {
    assert.deepEqual([what, ...(await violations(page))], [what]);
  };

  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing in any view, ${colorScheme}`, async () => {
      await open({ colorScheme, reducedMotion: "reduce" });
      await changing(() => entryOf("Strategy cap, %").fill("30"));
      for (const view of ["data", "blend", "correlation"]) {
        await go(view);
        await idle();
        await inspect(view);
        await picture(`${view}-${colorScheme}`);
      }
      await page.keyboard.press("?");
      await inspect("keys");
      await page.keyboard.press("Escape");
      await changing(() => choose("signals.csv"));
      await changing(() => choose("returns_wide.csv"));
      await choose("polars_ipc_default.arrow");
      await page.locator("[data-testid=refusals] [data-file]").waitFor();
      for (const view of ["data", "blend", "correlation"]) {
        await go(view);
        await inspect(`${view} with a refused file`);
      }
      await picture(`refused-${colorScheme}`);
    });
  }

  for (const [width, height] of [[1440, 900], [1280, 760], [1024, 768], [720, 900], [360, 740]]) {
    test(`nothing is cut off at ${width} px`, async () => {
      const phone = width < 720;
      await open({ viewport: { width, height }, hasTouch: phone, isMobile: phone });
      for (const view of ["data", "blend", "correlation"]) {
        await go(view);
        await idle();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, view);
        await picture(`${view}-${width}`);
        await inspect(`${view} at ${width}`);
      }
      if (phone) {
        await go("blend");
        for (const part of ["Parameters", "Explain", "Alerts"]) {
          await page.getByRole("navigation", { name: "Parts" }).getByRole("button", { name: part }).click();
          await picture(`phone-${part.toLowerCase()}`);
          await inspect(part);
        }
      } else if (width < 1024) {
        await page.getByRole("button", { name: "Reasons" }).first().click();
        await picture(`drawer-${width}`);
        await inspect("drawer");
      }
    });
  }
});
