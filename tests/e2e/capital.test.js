// The Capital view as a portfolio manager meets it, by keyboard and by mouse.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { WCAG, allocator, bin, browser, files, fresh, results, serve, tab, violations } from "./harness.js";

let server;
let chrome;
let context;
let page;
let complaints;

before(async () => {
  server = await serve();
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  await server?.stop();
});

beforeEach(async () => {
  await context?.close();
  context = await fresh(chrome);
  ({ page, complaints } = await tab(context, `${server.url}#/capital`));
  await page.locator("[data-testid=capital-methods] tbody tr").first().waitFor();
  await page.locator("[data-testid=capital-digest][data-digest]:not([data-digest=''])").waitFor();
});

const digest = () => page.getByTestId("capital-digest").getAttribute("data-digest");
const other = (former) =>
  page.waitForFunction((old) => ![old, "", null].includes(document.querySelector("[data-testid=capital-digest]")?.dataset.digest), former);

/** Goes from control to control by Tab until one matches. */
async function tabTo(selector) {
  for (let step = 0; step < 200; step++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab reaches ${selector}`);
}

/** Does something and gives the digest that comes of it and stays. */
async function changing(act) {
  const before = await digest();
  await act();
  await other(before);
  for (let last, still = 0; still < 4; ) {
    await page.waitForTimeout(80);
    const now = await digest();
    still = now && now === last ? still + 1 : 0;
    last = now;
  }
  return digest();
}

const clean = async (what) => assert.deepEqual([what, ...(await violations(page, WCAG))], [what]);

/** Daily returns of many strategies with a common part, as CSV. */
function returns(strategies, days) {
  let state = 11;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296 - 0.5;
  const names = Array.from({ length: strategies }, (_, i) => `strategy_${i + 1}`);
  const lines = [`date,${names.join(",")}`];
  for (let day = 0; day < days; day++) {
    const shared = next();
    const date = new Date(Date.UTC(2023, 0, 2 + Math.floor(day / 5) * 7 + (day % 5))).toISOString().slice(0, 10);
    lines.push(`${date},${names.map((_, i) => (0.0003 + (0.004 + 0.0006 * (i % 13)) * (shared + 2 * next())).toFixed(6)).join(",")}`);
  }
  return lines.join("\n");
}

/** Gives a file in the Data view and comes back. */
async function give(file) {
  await page.evaluate(() => (location.hash = "#/data"));
  await page.getByTestId("files").setInputFiles(file);
  await page.locator("[data-testid=file-list] [data-file]").first().waitFor();
  await page.evaluate(() => (location.hash = "#/capital"));
  await page.locator("[data-testid=capital-methods] tbody tr").first().waitFor();
}

async function download(name) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
  const path = join(results, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

test("a cap is tightened with the keyboard alone, what binds is lit and priced, and undo gives the split back", async () => {
  const fresh = await digest();
  // The strategy that the method wants most of.
  const place = await page.locator("[data-testid=capital-methods] tr.chosen").evaluate((row) => {
    const weights = [...row.querySelectorAll(".weight-cell > span:first-child")].map((cell) => Number(cell.innerText));
    return weights.indexOf(Math.max(...weights));
  });
  const strategy = await page.locator(".capital-limits .entry[data-strategy][data-end=max]").nth(place).getAttribute("data-strategy");
  await tabTo(`.capital-limits .entry[data-strategy="${strategy}"][data-end=max]`);
  const entry = page.locator(":focus");
  // Into the list, down to a tenth, and out: arrows, then figures.
  const point = await changing(() => page.keyboard.press("ArrowDown"));
  assert.equal(await entry.inputValue(), "39.00");
  const tight = await changing(async () => {
    await page.keyboard.press("Control+a");
    await page.keyboard.type("10");
    await page.keyboard.press("Tab");
  });
  const own = page.locator(`.capital-limits .entry[data-strategy="${strategy}"][data-end=max]`);
  await page.waitForFunction((strategy) => document.querySelector(`.capital-limits .entry[data-strategy="${strategy}"][data-end=max]`)?.classList.contains("lit"), strategy);
  assert.equal(await own.inputValue(), "10.00");
  assert.match(await page.getByTestId("capital-binding").innerText(), / (binds|bind) under /);
  assert.match(await page.getByTestId("capital-why").innerText(), /pts vol/);
  // Every method holds it.
  const weights = await page.locator("[data-testid=capital-methods]").evaluate((table, name) => {
    const place = [...table.querySelectorAll("thead th")].findIndex((head) => head.innerHTML.includes(name));
    return [...table.querySelectorAll("tbody tr")].map((row) => Number(row.children[place].querySelector("span").innerText));
  }, await page.locator(`.capital-limits tr:has([data-strategy="${strategy}"]) th .hidden`).innerText());
  assert.ok(weights.length >= 5 && weights.every((weight) => weight <= 10), weights.join(", "));
  // In an entry Control+Z is the entry's own: on to the next button.
  await tabTo("button");
  assert.equal(await changing(() => page.keyboard.press("Control+z")), point);
  assert.equal(await changing(() => page.keyboard.press("Control+z")), fresh);
  await changing(() => page.keyboard.press("Control+Shift+z"));
  assert.equal(await changing(() => page.keyboard.press("Control+Shift+z")), tight);
  // A contradiction is said where it was written, and the former split stays.
  await own.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("110");
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => /no share of the capital/.test(document.querySelector("[data-testid=capital-limit-fault]").innerText));
  // "11" had counted on the way to "110"; what held before comes back.
  await page.waitForFunction((tight) => document.querySelector("[data-testid=capital-digest]").dataset.digest === tight, tight, { timeout: 20_000 });
  assert.deepEqual(complaints, []);
});

test("a group is limited, lit where it binds, refused where it is nonsense, and the command line agrees", async () => {
  await page.getByRole("textbox", { name: "Name of a new group" }).fill("calm");
  await page.keyboard.press("Enter");
  const members = page.getByRole("textbox", { name: "Group calm, strategies" });
  await members.waitFor();
  const all = (await members.inputValue()).split(", ");
  await members.fill("nobody");
  await members.press("Enter");
  await page.waitForFunction(() => /nobody is no strategy/.test(document.querySelector("[data-testid=capital-group-fault]").innerText));
  await changing(async () => {
    await members.fill(all.slice(0, 3).join(", "));
    await members.press("Enter");
  });
  const most = page.getByRole("textbox", { name: "Group calm, maximum, %" });
  await changing(async () => {
    await most.fill("20");
    await most.press("Enter");
  });
  await page.waitForFunction(() => document.querySelector(".group-limit .entry.lit"));
  assert.match(await page.getByTestId("capital-why").innerText(), /group calm max 20\.00 %/);
  await clean("groups");
  // The sample has no file: the whole request is saved, and gives the same digest.
  const shown = await digest();
  const request = await download("Save the request");
  assert.equal(JSON.parse(await allocator("capital", "--in", request)).digest, shown);
  await changing(() => page.getByRole("button", { name: "Remove the group calm" }).click());
  assert.equal(await page.locator(".group-limit").count(), 0);
  assert.deepEqual(complaints, []);
});

test("returns in Parquet and a file of limits give the digest of the page on the command line", async () => {
  await give(join(files, "returns_wide_polars.parquet"));
  await page.getByRole("radio", { name: "Equal risk contribution" }).check();
  await page.locator("[data-method=erc].chosen").waitFor();
  await changing(async () => {
    const most = page.locator(".capital-limits .entry[data-end=max]").first();
    await most.fill("35");
    await most.press("Enter");
  });
  // The command of the page, as a person would paste it.
  const folder = mkdtempSync(join(tmpdir(), "allocator-command-"));
  try {
    copyFileSync(join(files, "returns_wide_polars.parquet"), join(folder, "returns_wide_polars.parquet"));
    const command = await page.getByTestId("capital-command").textContent();
    const env = { ...process.env, PATH: `${dirname(bin)}${delimiter}${process.env.PATH}` };
    const { stdout } = await promisify(execFile)("bash", ["-e", "-c", command], { cwd: folder, env, maxBuffer: 1 << 26 });
    assert.equal(JSON.parse(stdout).digest, await digest());
    // With the whole history instead of a year nothing but limits differs from a fresh command.
    const lookback = page.getByRole("slider", { name: /^Lookback/ }).first();
    const whole = await changing(async () => {
      await lookback.focus();
      await page.keyboard.press("End");
    });
    writeFileSync(join(folder, "c.yaml"), "max: 0.35\n");
    const answer = await allocator("capital", "--returns", join(folder, "returns_wide_polars.parquet"), "--method", "erc", "--constraints", join(folder, "c.yaml"));
    assert.equal(JSON.parse(answer).digest, whole);
    assert.ok(JSON.parse(answer).allocations.every((row) => row.risk_contribution !== null && row.why.length > 0));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  assert.deepEqual(complaints, []);
});

for (const [count, days] of [[10, 300], [50, 300]]) {
  test(`${count} strategies fit every width in both themes`, async () => {
    await give({ name: "many.csv", mimeType: "text/csv", buffer: Buffer.from(returns(count, days)) });
    await page.waitForFunction((count) => document.querySelectorAll("[data-testid=capital-limits] tbody tr").length === count + 1, count);
    for (const [width, height] of [[1440, 900], [1280, 800], [1024, 768], [720, 900], [360, 780]]) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["dark", "light"]) {
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(400);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, `${width} px`);
        await page.screenshot({ path: join(results, `capital-${count}-${width}-${colorScheme}.png`), fullPage: false });
        if (width === 1440 || width === 360) await clean(`${count} strategies, ${width} px, ${colorScheme}`);
      }
    }
    assert.deepEqual(complaints, []);
  });
}

test("a method is chosen and used, an edge is moved as far as limits let it, and axe finds nothing", async () => {
  const fresh = await digest();
  await page.getByRole("radio", { name: "Equal risk contribution" }).check();
  await other(fresh);
  const erc = await digest();
  await page.getByRole("button", { name: "Use Equal risk contribution" }).click();
  await page.locator("[data-method=erc] .chip", { hasText: "in use" }).waitFor();
  assert.equal(await digest(), erc, "what is in use does not change the split");

  const edge = page.locator(".what-if-bar .handle").first();
  await edge.focus();
  const before = Number(await edge.getAttribute("aria-valuenow"));
  await page.keyboard.press("Shift+ArrowRight");
  await page.waitForFunction((before) => Number(document.querySelector(".what-if-bar .handle").getAttribute("aria-valuenow")) > before, before);
  await page.keyboard.press("End");
  await page.waitForFunction(() => /is at its (maximum|minimum) of/.test(document.querySelector("[data-testid=what-if-said]").innerText));
  const moved = page.locator("[data-testid=what-if-figures] dd").last();
  await page.waitForFunction(() => Number(document.querySelector("[data-testid=what-if-figures] div:last-child dd").innerText) > 1);
  await page.getByRole("button", { name: "Back to the method" }).click();
  await page.waitForFunction(() => Number(document.querySelector("[data-testid=what-if-figures] div:last-child dd").innerText) === 0);
  assert.equal(await moved.innerText(), "0.00");

  await page.locator("[data-testid=frontier] canvas, [data-testid=frontier] svg").first().waitFor();
  await clean("sample");
  await page.screenshot({ path: join(results, "capital.png") });

  const blend = await page.getByTestId("digest").first().getAttribute("data-digest");
  await page.getByTestId("capital-against").getByRole("button", { name: "Use in the blend" }).click();
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]").dataset.digest !== old, blend);
  await page.keyboard.press("Control+z");
  await page.waitForFunction((old) => document.querySelector("[data-testid=digest]").dataset.digest === old, blend);
  assert.deepEqual(complaints, []);
});
