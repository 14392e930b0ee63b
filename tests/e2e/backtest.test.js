// An analyst at the Backtest view: types a formula, sees it refused, ranked and run, looks at a part of it, and takes it away.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import axe from "axe-core";
import { PATIENCE, bin, browser, files, results, serve } from "./harness.js";

let server;
let chrome;
let context;
let page;
let complaints;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "allocator-backtest-"));
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await context?.close();
  context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(new URL("#/backtest", server.url).href);
  await ran();
});

const digest = () => page.getByTestId("run-digest").innerText();
const bars = () => page.getByTestId("bars").innerText();
const total = () => page.getByTestId("earned-total").innerText();
const figure = (name) => page.getByTestId("figures").locator("tbody tr", { hasText: name }).locator("td").first().innerText();

/** Waits for a run that is the answer to the newest question. */
async function ran() {
  await page.waitForFunction(() => document.querySelector("[data-testid=run-digest]")?.innerText.length === 64);
  await page.locator("[data-testid=run-line][data-busy=false]").waitFor({ state: "attached" });
}

/** Does something and waits until another run is shown. */
async function running(act) {
  const before = await digest();
  await act();
  await page.waitForFunction((old) => {
    const shown = document.querySelector("[data-testid=run-digest]")?.innerText;
    return shown && shown !== old && document.querySelector("[data-testid=run-line]")?.dataset.busy === "false";
  }, before);
  return digest();
}

async function download(name) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByTestId("take").getByRole("button", { name, exact: true }).click()]);
  const path = join(folder, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

async function clean() {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 160))]), []);
}

describe("the backtest view", () => {
  test("a formula is refused at its place, mended, ranked, run, and the same on the command line", async () => {
    const editor = page.getByLabel("Formula formula", { exact: true });
    await editor.fill("rank(delta(close, 20) / ts_sdt(close, 60))");
    const fault = page.getByTestId("formula-fault");
    await fault.getByText("Character 25").waitFor();
    assert.match(await fault.innerText(), /\n {24}\^{6}\n/, "the caret stands under the word");
    assert.match(await fault.innerText(), /ts_std/);
    await clean();
    const run = await running(() => editor.fill("rank(delta(close, 20) / ts_std(close, 60))"));
    assert.ok((await page.getByTestId("ranks").locator("li").count()) > 5);
    await page.screenshot({ path: join(results, "backtest.png") });
    await download("Save run.yaml");
    await download("Prices, CSV");
    const answer = JSON.parse(execFileSync(bin, ["backtest", "--config", "run.yaml"], { cwd: folder, maxBuffer: 1 << 28, timeout: PATIENCE }));
    assert.equal(answer.digest, run);
    const sheet = readFileSync(await download("Export tear sheet"), "utf8");
    assert.ok(sheet.startsWith("<!doctype html>") || sheet.startsWith("<!DOCTYPE html>"));
    assert.ok(sheet.includes(run), "the sheet is of this run");
    assert.deepEqual(complaints, []);
  });

  test("a period by keyboard is followed by every part, and the whole run comes back", async () => {
    const whole = { bars: await bars(), total: await total(), sharpe: await figure("Sharpe"), rows: await page.getByTestId("months").locator("tbody tr").count() };
    await page.getByLabel("From", { exact: true }).fill("2015-01-01");
    await page.getByLabel("to", { exact: true }).fill("2016-12-31");
    await page.keyboard.press("Tab");
    await page.getByTestId("months").locator("tbody tr").nth(1).waitFor();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=months] tbody tr").length === 2);
    await page.waitForFunction((old) => document.querySelector("[data-testid=earned-total]")?.innerText !== old, whole.total);
    assert.notEqual(await bars(), whole.bars);
    assert.notEqual(await figure("Sharpe"), whole.sharpe);
    await page.getByTestId("trades").getByRole("button", { name: "Oldest" }).click();
    const dates = await page.getByTestId("trades").locator("tbody th").allInnerTexts();
    assert.ok(dates.length > 0 && dates.every((date) => /201[56]/.test(date)), dates.join(", "));
    // A year of the table is a period too, and so is what Escape takes back on a chart.
    await page.getByRole("button", { name: "Choose the year 2016" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=months] tbody tr").length === 1);
    await page.locator('[data-chart="Equity"] [role=slider]').focus();
    await page.keyboard.press("Escape");
    await page.waitForFunction((rows) => document.querySelectorAll("[data-testid=months] tbody tr").length === rows, whole.rows);
    assert.equal(await bars(), whole.bars);
    await page.waitForFunction((old) => document.querySelector("[data-testid=earned-total]")?.innerText === old, whole.total);
    await clean();
    assert.deepEqual(complaints, []);
  });

  test("without prices it says what to add, and the sample is a press away", async () => {
    await page.goto(new URL("#/data", server.url).href);
    await page.getByTestId("files").setInputFiles(join(files, "signals.csv"));
    await page.goto(new URL("#/backtest", server.url).href);
    await page.getByTestId("no-prices").waitFor();
    await page.getByRole("button", { name: "Use the sample in place of my files" }).click();
    await page.getByTestId("no-prices").waitFor({ state: "detached" });
    await ran();
  });
});
