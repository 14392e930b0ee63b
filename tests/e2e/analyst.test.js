// One sitting of somebody who has never seen the page: three files are dropped, one of them is wrong far down; why a symbol has its weight,
// which strategies move together; a cap is tightened and taken back with the keyboard alone; the state goes by address to a colleague;
// the page is loaded again. Nothing is lost on the way.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { browser, fresh, results, serve, tab, violations } from "./harness.js";

let server;
let chrome;
let context;
let page;

before(async () => {
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
});

async function open(url = server.url) {
  context = await fresh(chrome, { permissions: ["clipboard-read", "clipboard-write"] });
  ({ page } = await tab(context, url));
  await page.locator("[data-testid=digest][data-digest]").first().waitFor();
}

beforeEach(async () => {
  await context?.close();
  await open();
});

const digest = () => page.getByTestId("digest").getAttribute("data-digest");
const shows = (digest) => page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest === digest, digest);
const changed = (digest) => page.waitForFunction((digest) => document.querySelector("[data-testid=digest]")?.dataset.digest !== digest, digest);
const idle = () => page.waitForFunction(() => !document.querySelector(".busy-line.shown"));
const go = (view) => page.evaluate((view) => (location.hash = `#/${view}`), view);
const picture = (name) => page.screenshot({ path: join(results, `analyst-${name}.png`) });
const cap = () => page.getByRole("textbox", { name: "Strategy cap, %", exact: true }).inputValue();
const number = (text) => Number(text.replace("\u2212", "-").replace(/[^\d.-]/g, ""));

const clean = async (what) => assert.deepEqual([what, ...(await violations(page))], [what]);

/** Files as a file manager hands them over. */
async function drop(files) {
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([text], name, { type: "text/csv" }));
    return transfer;
  }, files);
  for (const type of ["dragenter", "dragover", "drop"]) await page.dispatchEvent("body", type, { dataTransfer: transfer });
}

/** Signals of one strategy over `count` symbols. */
function signals(count, of) {
  return ["symbol,score,weight", ...Array.from({ length: count }, (_, i) => `SYM${i},${((i * of) % 7) + 1},${of === 2 && i === 300 ? '"0,25"' : (0.1 + ((i * of) % 5) / 10).toFixed(2)}`)].join("\n");
}

/** Daily returns of two strategies that move together. */
function returns() {
  const lines = ["date,momentum,carry"];
  let state = 9;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296 - 0.5;
  for (let day = 0; day < 250; day++) {
    const shared = next();
    const date = new Date(Date.UTC(2025, 0, 6 + Math.floor(day / 5) * 7 + (day % 5))).toISOString().slice(0, 10);
    lines.push(`${date},${(shared / 50).toFixed(6)},${((shared + next() / 3) / 60).toFixed(6)}`);
  }
  return lines.join("\n");
}

const FILES = [["momentum.csv", signals(30, 3)], ["carry.csv", signals(400, 2)], ["returns.csv", returns()]];

const file = (name) => page.locator(`[data-testid=file-list] [data-file="${name}"]`);

describe("a sitting", () => {
  test("from three dropped files to a reload", async () => {
    const sample = await digest();
    await go("data");
    await drop(FILES);
    await file("momentum.csv").getByText(/, (signals|returns) of/).waitFor();
    await file("returns.csv").getByText(/, (signals|returns) of/).waitFor();
    await file("carry.csv").getByText("not used").waitFor();
    await changed(sample);

    // A file that waits to be mended survives a reload like the others.
    await page.getByTestId("saved").filter({ hasText: "Saved in this browser" }).waitFor();
    await page.reload();
    await file("momentum.csv").getByText(/, (signals|returns) of/).waitFor();
    await file("carry.csv").getByText("not used").waitFor();

    // What was read: the problem lies in line 302, which no table of first rows shows.
    await file("carry.csv").getByRole("button", { name: /carry\.csv/ }).first().click();
    await page.getByTestId("problems").getByText("carry.csv:302:3").waitFor();
    await page.getByRole("button", { name: "Go to the cell" }).click();
    await page.waitForFunction(() => document.activeElement?.id === "cell-300-2");
    await page.getByRole("group", { name: "The problem and its mends" }).waitFor();
    await picture("problem");
    await clean("a cell with its mends");
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("group", { name: "The problem and its mends" }).count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "cell-300-2");
    await page.keyboard.press("Enter");
    const before = await digest();
    await page.getByRole("button", { name: "Set to 0.25" }).click();
    await file("carry.csv").getByText(/, (signals|returns) of/).waitFor();
    await changed(before);
    await idle();

    // A mend can be taken back by itself, or be another text.
    await page.locator("#cell-300-2").click();
    await page.getByText("In the file stands: 0,25.").waitFor();
    await page.getByRole("button", { name: "Take the mend back" }).click();
    await file("carry.csv").getByText("not used").waitFor();
    await page.locator("#cell-300-2").click();
    await page.getByLabel("Or set to").fill("0.25");
    await page.keyboard.press("Enter");
    await file("carry.csv").getByText(/, (signals|returns) of/).waitFor();
    await idle();

    // Why a symbol has its weight: a sum that foots.
    await go("blend");
    await page.locator('[data-testid=weights] [data-symbol="SYM4"] .row-button').click();
    const explained = page.getByTestId("explain");
    await page.getByRole("heading", { name: "Explain SYM4" }).waitFor();
    const held = await explained.locator("tbody tr td:last-child").allInnerTexts();
    assert.equal(held.length, 2, "both strategies");
    const total = number(await explained.locator("tfoot td").last().innerText());
    assert.ok(Math.abs(held.map(number).reduce((a, b) => a + b, 0) - total) < 0.011);
    await picture("why");

    // Which strategies move together.
    await go("correlation");
    await page.getByText(/250 shared days/).first().waitFor();
    await page.locator("main").getByText(/0\.9\d/).first().waitFor();
    await picture("together");
    await clean("correlation");
    // What a strategy holds is explained here as well, and closed again.
    await page.locator(".capital .segment button").first().click();
    await page.getByRole("heading", { name: /^Explain (Carry|Momentum)/ }).waitFor();
    await clean("an explanation beside correlations");
    await page.getByRole("button", { name: "Close the explanation" }).click();
    await page.getByRole("heading", { name: /^Explain/ }).waitFor({ state: "detached" });

    // A cap by keyboard alone, and back.
    await page.keyboard.press("2");
    await page.getByTestId("weights").waitFor();
    const wide = await digest();
    const slider = page.getByRole("slider", { name: /^Strategy cap/ }).first();
    for (let presses = 0; presses < 80 && !(await slider.evaluate((slider) => slider === document.activeElement)); presses++) await page.keyboard.press("Tab");
    // One step is one change: what is taken back is the last of them.
    await page.keyboard.press("PageDown");
    await changed(wide);
    await idle();
    const tight = await digest();
    const tightened = await cap();
    assert.ok(number(tightened) < 40, tightened);
    await page.keyboard.press("Control+Z");
    await shows(wide);
    await page.keyboard.press("Control+Shift+Z");
    await shows(tight);

    // To a colleague, who has the files too.
    await page.getByRole("button", { name: "Share", exact: true }).click();
    const address = await page.getByTestId("share-address").inputValue();
    await page.keyboard.press("Escape");
    await page.getByTestId("saved").filter({ hasText: "Saved in this browser" }).waitFor();
    await page.reload();
    await shows(tight);
    await go("data");
    for (const [name] of FILES) await file(name).waitFor();
    await context.close();
    await open(address);
    await page.getByText("This state was made with files that are not here").waitFor();
    await go("data");
    await drop(FILES.map(([name, text]) => [name, text.replace('"0,25"', "0.25")]));
    await file("carry.csv").getByText(/, (signals|returns) of/).waitFor();
    await file("returns.csv").getByText(/, (signals|returns) of/).waitFor();
    await go("blend");
    await idle();
    assert.equal(await cap(), tightened);
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=weights] tbody tr").length === 60);
    // By the button, or by coming near it: whichever is first takes it away.
    await page.getByRole("button", { name: "Show more rows" }).click({ timeout: 2_000 }).catch(() => {});
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=weights] tbody tr").length === 200);
  });
});

describe("files", () => {
  test("of one strategy say which counts, and are not forgotten by one press", async () => {
    await go("data");
    await drop([["one.csv", "strategy,symbol,score,weight\nmomentum,A,1,0.5\ncarry,A,1,0.5"]]);
    await file("one.csv").getByText(/, signals of/).waitFor();
    await drop([["two.csv", "strategy,symbol,score,weight\nmomentum,B,1,0.5"]]);
    await file("one.csv").getByText("momentum of two.csv counts: it came later.").waitFor();
    await page.getByRole("button", { name: "Remove two.csv" }).click();
    await page.getByText("two.csv is removed.").first().waitFor();
    await file("two.csv").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Put it back" }).click();
    await file("two.csv").getByText(/, signals of momentum/).waitFor();
    await page.getByRole("button", { name: "Use the sample data instead" }).click();
    await page.getByText("This forgets 2 files").waitFor();
    await clean("a question before files go");
    await page.getByRole("button", { name: "Keep my files" }).click();
    await file("two.csv").waitFor();
    await page.getByRole("button", { name: "Use the sample data instead" }).click();
    await page.getByRole("button", { name: "Forget and use the sample" }).click();
    await page.getByText(/^sample data, 6 strategies/).waitFor();
    assert.equal(await page.locator("[data-testid=file-list] [data-file]").count(), 0);
  });

  test("a scenario is renamed, deleted and put back", async () => {
    await page.getByRole("button", { name: /^Scenario/ }).click();
    await page.locator("#scenario-name").fill("Base");
    await page.keyboard.press("Enter");
    const list = page.getByTestId("scenarios");
    await list.getByRole("button", { name: "Rename Base" }).click();
    await list.getByLabel("New name of Base").fill("Wide");
    await clean("a scenario being renamed");
    await page.keyboard.press("Enter");
    await list.getByRole("button", { name: "Delete Wide" }).click();
    await page.getByText("Wide is deleted.").first().waitFor();
    await page.getByRole("button", { name: "Put it back" }).click();
    await list.getByRole("button", { name: "Delete Wide" }).waitFor();
    await picture("scenarios");
  });

  test("a symbol is found by a key, though there are few", async () => {
    await page.locator("#result").focus();
    await page.keyboard.press("/");
    await page.waitForFunction(() => document.activeElement?.id === "find");
    await page.keyboard.type("nok");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=weights] tbody tr").length === 1);
  });
});

describe("what is seen", () => {
  test("is saved as table and picture in every format", async () => {
    const first = { PNG: "89504e47", SVG: "3c737667", CSV: "", JSON: "7b", Arrow: "4152524f5731", Parquet: "50415231" };
    const all = async (title, wanted) => {
      for (const [format, begin] of Object.entries(first)) {
        await page.getByRole("button", { name: `Save ${title} in another format` }).click();
        const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("group", { name: "Formats" }).getByRole("button", { name: format, exact: true }).click()]);
        const path = join(results, file.suggestedFilename());
        await file.saveAs(path);
        const bytes = readFileSync(path);
        assert.ok(bytes.toString("hex").startsWith(begin), `${title} as ${format}: ${bytes.subarray(0, 12)}`);
        if (format === "CSV") assert.match(bytes.toString(), wanted);
        if (format === "SVG") {
          assert.ok(!/var\(--/.test(bytes.toString()), "colours of the page are written out");
          if (/<path/.test(bytes.toString())) assert.match(bytes.toString(), /<path[^>]*stroke="rgb/, "and those of its style sheet too");
        }
      }
    };
    await all("Final weights", /^symbol,final_weight,contributing_strategies,/);
    await page.getByRole("button", { name: "Save Final weights in another format" }).click();
    await clean("the list of formats");
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("group", { name: "Formats" }).count(), 0);
    await go("correlation");
    await page.locator("[data-testid=rolling] canvas").waitFor();
    await all("Correlation of strategies", /^a,b,rho,low,high,n,p_value,alert,reason/);
    await all("Clusters", /^a,b,rho/);
    const chart = page.locator("[data-testid=rolling] .chart");
    for (const [format, begin] of Object.entries(first)) {
      const [file] = await Promise.all([page.waitForEvent("download"), chart.getByRole("button", { name: `: save as ${format}` }).click()]);
      const path = join(results, file.suggestedFilename());
      await file.saveAs(path);
      const bytes = readFileSync(path);
      assert.ok(bytes.toString("hex").startsWith(begin), `rolling correlation as ${format}: ${bytes.subarray(0, 12)}`);
      if (format === "CSV") assert.match(bytes.toString(), /^date,ρ\r?\n\d{4}-\d\d-\d\d,/i);
    }
  });
});

describe("a text that is read wrongly", () => {
  const how = () => page.getByTestId("how-read");
  /** Tells how the file is written and waits for its new reading. */
  async function tell(label, option) {
    await how().getByLabel(label).selectOption(option);
    await idle();
  }

  test("is read as it is said to be: delimiter, decimal mark, first line", async () => {
    const before = await digest();
    await go("data");
    // As a spreadsheet in German writes it, with remarks that hold more commas than there are semicolons, in every line alike.
    const head = "symbol;score;weight;note, as told, by phone, or not, at all";
    const rows = Array.from({ length: 6 }, (_, i) => `S${i};1;0,${10 + i};a,b,c,d`);
    await drop([["umsatz.csv", `${head}\n${rows.join("\n")}\n`]]);
    await page.locator('[data-testid=file-list] [data-file="umsatz.csv"]').waitFor();
    await idle();
    const option = (label) => how().getByLabel(label).locator("option:checked").innerText();
    assert.deepEqual([await option("Delimiter"), await option("Decimal mark")], ["Comma (found)", "Point (as it comes)"]);
    await tell("Delimiter", "semicolon");
    assert.equal(await how().getByLabel("Delimiter").locator("option").first().innerText(), "Comma (found)", "what was found is not what was said");
    await tell("Decimal mark", "comma");
    await changed(before);
    assert.match(await page.getByTestId("mapping").innerText(), /In use\./);
    await clean("how a file was read");
    await picture("how-read");
    // Naming what it has changes nothing. (Asking before mends are lost is tried with the component.)
    await how().getByLabel("First line").selectOption("true");
    await idle();
    assert.equal(await how().getByRole("alert").count(), 0, "column names are what it has");
    const read = await digest();
    await page.waitForFunction(() => /Saved/.test(document.querySelector("[data-testid=saved]")?.textContent ?? ""));
    await page.reload();
    await shows(read);
    await go("data");
    await page.locator('[data-testid=file-list] [data-file="umsatz.csv"] button').first().click();
    assert.equal(await how().getByLabel("Decimal mark").inputValue(), "comma", "what was said survives a reload");
  });
});

describe("how the page is looked at", () => {
  test("goes with the address, and J and K walk the pairs", async () => {
    await go("correlation");
    await page.locator("[data-testid=rolling] canvas").waitFor();
    const chosen = () => page.locator("[data-testid=pairs] tr.chosen").evaluate((row) => [row.dataset.a, row.dataset.b]);
    const first = await chosen();
    await page.locator("#result").focus();
    const order = await page.locator("[data-testid=pairs] tbody tr").evaluateAll((rows) => rows.map((row) => [row.dataset.a, row.dataset.b]));
    assert.deepEqual(first, order[0], "the closest is chosen while nobody chose one");
    const after = async (key, pair) => {
      await page.keyboard.press(key);
      await page.waitForFunction(([a, b]) => document.querySelector("[data-testid=pairs] tr.chosen")?.dataset.a === a && document.querySelector("[data-testid=pairs] tr.chosen")?.dataset.b === b, pair);
    };
    await after("j", order[1]);
    await after("j", order[2]);
    await after("k", order[1]);
    // Beyond the seven that are drawn at first the list grows.
    for (let place = 2; place < order.length; place++) await after("j", order[place]);
    await page.keyboard.press("j");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=pairs] tbody tr").length === 8 && document.querySelector("[data-testid=pairs] tbody tr:last-child").classList.contains("chosen"));
    const pair = await chosen();
    // The title is that of the figures below it.
    await page.waitForFunction(() => document.querySelector("#rolling-title").textContent.split(" with ").every((name) => document.querySelector("#pair-title").textContent.includes(name)));
    await page.getByRole("group", { name: "How far back" }).getByRole("button", { name: "1 y" }).click();
    await go("blend");
    await page.getByRole("button", { name: "Treemap" }).click();
    await page.locator(".treemap").waitFor();
    await go("correlation");
    await page.keyboard.press("Control+K");
    await page.getByRole("combobox", { name: "Search or run" }).fill("share");
    await page.keyboard.press("Enter");
    const address = await page.getByTestId("share-address").inputValue();
    await context.close();
    await open(address);
    await page.locator("[data-testid=rolling] canvas").waitFor();
    assert.deepEqual(await chosen(), pair);
    assert.equal(await page.getByRole("group", { name: "How far back" }).getByRole("button", { name: "1 y" }).getAttribute("aria-pressed"), "true");
    await go("blend");
    await page.locator(".treemap").waitFor();
  });
});

describe("the customs of a country", () => {
  test("are those of the browser, in figures and charts, and a day is the same day everywhere", async () => {
    const days = {};
    for (const [locale, timezoneId] of [["de-DE", "Asia/Tokyo"], ["en-US", "America/Los_Angeles"]]) {
      await context.close();
      context = await fresh(chrome, { locale, timezoneId });
      ({ page } = await tab(context, `${server.url}#/correlation`));
      const chart = page.locator("[data-testid=rolling] .chart");
      await chart.locator("canvas").waitFor();
      await page.locator("[data-testid=rolling] [role=slider]").focus();
      await page.keyboard.press("End");
      await page.waitForFunction(() => /ρ/.test(document.querySelector("[data-testid=rolling] .chart-readout")?.textContent ?? ""));
      days[locale] = await chart.locator(".chart-readout").innerText();
      await picture(`customs-${locale}`);
    }
    assert.match(days["de-DE"], /^30\.10\.2026\s+ρ 0,\d\d/);
    assert.match(days["en-US"], /^10\/30\/2026\s+ρ 0\.\d\d/);
  });
});

describe("a column with a decimal comma", () => {
  test("is mended at once", async () => {
    await go("data");
    // More than are listed: 80 rows, of which the problem tells 50.
    const rows = Array.from({ length: 80 }, (_, i) => `S${i};1;0,${10 + i}`);
    await drop([["comma.csv", ["symbol;score;weight", "A;1;0.5", ...rows].join("\n")]]);
    await file("comma.csv").getByText("not used").waitFor();
    await page.locator("[data-testid=mapping] td.faulty button").first().click();
    await page.getByRole("button", { name: "Decimal comma in the whole column" }).click();
    await file("comma.csv").getByText(/, (signals|returns) of/).waitFor();
    await picture("comma");
    await page.getByRole("button", { name: "Take it back" }).click();
    await file("comma.csv").getByText("not used").waitFor();
  });
});

describe("trouble", () => {
  test("a full storage is said until there is room, and the older copy of a file stays", async () => {
    await context.addInitScript(() => {
      const put = IDBObjectStore.prototype.put;
      globalThis.full = sessionStorage.getItem("full") === "yes";
      IDBObjectStore.prototype.put = function (value, key) {
        if (globalThis.full && this.name === "files") throw new DOMException("There is no room.", "QuotaExceededError");
        return put.call(this, value, key);
      };
    });
    const saved = page.getByTestId("saved");
    const fill = (full) => page.evaluate((full) => {
      globalThis.full = full;
      sessionStorage.setItem("full", full ? "yes" : "no");
    }, full);
    await page.reload();
    await page.locator("[data-testid=digest][data-digest]").first().waitFor();
    await saved.filter({ hasText: "Saved in this browser" }).waitFor();
    await fill(true);
    await go("data");
    await drop([["one.csv", "strategy,symbol,score,weight\nmomentum,A,1,0.5\ncarry,B,1,0.5"]]);
    await page.getByTestId("notices").getByText("Storage is full").waitFor();
    await saved.filter({ hasText: "Not saved" }).waitFor();
    await picture("full");
    await clean("a full storage");
    // There is room again: the next change takes the file along.
    await fill(false);
    await go("blend");
    await page.getByRole("textbox", { name: "Strategy cap, %", exact: true }).fill("30");
    await saved.filter({ hasText: "Saved in this browser" }).waitFor();
    await page.getByTestId("notices").getByText("Storage is full").waitFor({ state: "detached" });
    // Twice loaded while it is full: each time the file comes from the copy that was stored.
    await fill(true);
    for (let round = 0; round < 2; round++) {
      await page.reload();
      await go("data");
      await file("one.csv").getByText(/, signals of/).waitFor();
      await page.getByTestId("notices").getByText("Storage is full").waitFor();
    }
  });

  test("a dropped folder says that its files are wanted", async () => {
    const before = await digest();
    await page.evaluate(() => {
      DataTransferItem.prototype.webkitGetAsEntry = () => ({ isDirectory: true, isFile: false, name: "prices" });
    });
    await drop([["prices", ""]]);
    await page.getByTestId("notices").getByText(/prices.*folder/).waitFor();
    assert.equal(await digest(), before);
    await go("data");
    assert.equal(await page.locator("[data-testid=file-list] [data-file]").count(), 0);
  });
});

describe("looks", () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1440, 1024, 360]) {
      test(`axe finds nothing, ${colorScheme}, ${width} wide`, async () => {
        await context.close();
        context = await fresh(chrome, { viewport: { width, height: 840 }, colorScheme, reducedMotion: "reduce" });
        ({ page } = await tab(context, server.url));
        await page.locator("[data-testid=digest][data-digest]").first().waitFor({ state: "attached" });
        for (const view of ["data", "blend", "correlation"]) {
          await go(view);
          await page.waitForFunction((view) => document.querySelector(".page")?.dataset.view === view, view);
          await idle();
          await clean(view);
          await picture(`${view}-${colorScheme}-${width}`);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} is not wider than the page`);
        }
        if (width > 360) return;
        // What has no room in the head of a phone is in the list of commands; the foot stands under the alerts.
        await page.getByRole("button", { name: "Alerts" }).click();
        await page.getByTestId("saved").waitFor();
        await clean("alerts on a phone");
        await picture(`alerts-${colorScheme}-${width}`);
        await page.getByRole("button", { name: "Search or run" }).click();
        await page.getByRole("combobox", { name: "Search or run" }).fill("share");
        await page.keyboard.press("Enter");
        await page.getByTestId("share-address").waitFor();
        await clean("sharing on a phone");
      });
    }
  }
});

describe("an error", () => {
  test("that ends the page says so, with a report to copy, and a reload brings everything back", async () => {
    const shown = await digest();
    await page.getByTestId("saved").filter({ hasText: "Saved in this browser" }).waitFor();
    // As a panic of the page's WebAssembly ends: a trap that nobody catches.
    await page.evaluate(() => setTimeout(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    }));
    const box = page.getByTestId("stopped");
    await box.waitFor();
    const report = await box.getByLabel("Error report").inputValue();
    assert.match(report, /version \d+\.\d+\.\d+, view blend/);
    assert.match(report, /RuntimeError: unreachable/);
    await box.getByRole("button", { name: "Copy the report" }).click();
    await box.getByText("Copied").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), report);
    await picture("stopped");
    await clean("a page that stopped");
    await box.getByRole("button", { name: "Reload the page" }).click();
    await shows(shown);
    assert.equal(await page.getByTestId("stopped").count(), 0);
  });
});
