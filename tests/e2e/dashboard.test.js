// The dashboard as its users meet it: the real server, the real browser, files as their tools write them.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import axe from "axe-core";
import { allocator, browser, files, results, serve, serveFolder } from "./harness.js";

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
  context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options });
  page = await context.newPage();
  complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(server.url);
  await page.locator("[data-testid=weights] tbody tr").first().waitFor({ timeout: 30_000 });
}

beforeEach(() => open());

const digest = () => page.getByTestId("digest").getAttribute("data-digest");
const picture = (name) => page.screenshot({ path: join(results, `${name}.png`), fullPage: true });
const choose = (...names) => page.getByTestId("files").setInputFiles(names.map(at));
const fileLine = (name) => page.locator(`[data-testid=file-list] [data-file="${name}"]`);

/** Final weights as the page shows them, in per cent. */
async function weights() {
  const rows = await page.locator("[data-testid=weights] tbody tr").all();
  const pairs = await Promise.all(
    rows.map(async (row) => {
      const figure = await row.locator("td.number .figure").first().innerText();
      return [await row.getAttribute("data-symbol"), Number(figure.replace("−", "-"))];
    }),
  );
  return Object.fromEntries(pairs);
}

/** Does something and waits until another digest is shown. */
async function changing(act) {
  const before = await digest();
  await act();
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]")?.dataset.digest !== old, before);
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
    assert.ok((await page.locator("[data-testid=strategies] tbody tr").count()) > 1);
    await picture("first-screen");
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
    const mapping = page.getByTestId("mapping");
    const roles = await mapping.locator("thead tr").nth(1).locator("td").allInnerTexts();
    assert.deepEqual(roles, ["strategy", "symbol", "score", "weight"]);
    assert.match(await mapping.innerText(), /BRK\.B/);
    await mapping.scrollIntoViewIfNeeded();
    await picture("mapping");
  });

  test("a file with missing scores says where, and the former result stays", async () => {
    const former = [await digest(), await weights()];
    await drop("polars_ipc_default.arrow");
    const refusal = page.locator('[data-testid=refusals] [data-file="polars_ipc_default.arrow"]');
    await refusal.waitFor();
    assert.match(await refusal.innerText(), /score/);
    assert.match(await page.getByTestId("mapping").innerText(), /score/);
    assert.deepEqual([await digest(), await weights()], former);
    await picture("missing-scores");
    await refusal.getByRole("button", { name: "Remove it" }).click();
    await refusal.waitFor({ state: "detached" });
  });

  test("every file is read, or refused, as on the command line", async () => {
    const names = readdirSync(files).filter((name) => !/\.(md|py)$/.test(name));
    assert.ok(names.length > 40);
    await page.evaluate(async () => {
      globalThis.engine = await import(new URL("engine/allocator_wasm.js", document.baseURI).href);
      await globalThis.engine.default();
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
    const entry = page.getByLabel("Strategy cap, %", { exact: true });
    await changing(() => entry.fill("25"));
    assert.notDeepEqual(await weights(), before);
    assert.equal(await page.getByTestId("cash").innerText(), "25.00");
    assert.ok((await page.getByTestId("cash-reason").innerText()).length > 0);
    await picture("cap-25");
    const slider = page.getByLabel("Strategy cap, %, slider");
    await changing(() => slider.press("ArrowRight"));
    assert.equal(await entry.inputValue(), "26.00");
    assert.equal(await changing(() => page.getByRole("button", { name: "Reset Strategy cap to its default" }).click()), first);
  });

  test("every method explains itself and computes or says what it lacks", async () => {
    const method = page.getByLabel("How strategies are weighed");
    const words = await method.locator("option").evaluateAll((options) => options.map((option) => option.value));
    assert.ok(words.includes("inverse_vol"));
    for (const word of words) {
      await method.selectOption(word);
      await page.waitForFunction(() => !document.querySelector(".busy.shown"));
      assert.ok((await page.locator("#method-help").innerText()).length > 10);
    }
  });

  test("an entry that is no number says so and changes nothing", async () => {
    const before = await digest();
    const entry = page.getByLabel("Cash reserve, %", { exact: true });
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
    const entry = page.getByLabel("Strategy cap, %", { exact: true });
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
    assert.ok(await page.getByText(`How ${await second.innerText()} is made up`).isVisible());
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
      await page.waitForFunction(() => !document.querySelector(".busy.shown"));
    }
    assert.deepEqual([await digest(), await weights()], [before, shown]);
    assert.ok(await page.getByText("The engine was restarted").first().isVisible());
    await picture("engine-restarted");
    await changing(() => page.getByLabel("Strategy cap, %", { exact: true }).fill("30"));
    times.sort((a, b) => a - b);
    const figures = { median_ms: Math.round(times[50]), slowest_ms: Math.round(times[99]) };
    writeFileSync(join(results, "traps.json"), JSON.stringify(figures));
    console.log("new worker after a trap:", figures);
  });
});

describe("looks", () => {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing, ${colorScheme}`, async () => {
      await open({ colorScheme, reducedMotion: "reduce" });
      await changing(() => choose("signals.csv"));
      await changing(() => choose("returns_wide.csv"));
      await choose("polars_ipc_default.arrow");
      await page.locator("[data-testid=refusals] [data-file]").waitFor();
      await page.evaluate(axe.source);
      const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const list = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`);
      assert.deepEqual(list, []);
      await picture(`everything-${colorScheme}`);
    });
  }

  test("a phone scrolls down, not sideways", async () => {
    await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0);
    await picture("phone");
  });
});
