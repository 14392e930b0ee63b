// The Risk view as a risk officer meets it: the real server, the real browser, and the command line beside it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import axe from "axe-core";
import { PATIENCE, allocator, browser, results, serve } from "./harness.js";

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

/** Opens the view on the sample and waits for its audit. */
async function open(options = {}) {
  await context?.close();
  context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, reducedMotion: "reduce", ...options });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${server.url}#/risk`);
  await page.getByTestId("audit-digest").waitFor({ state: "attached" });
}

beforeEach(() => open());

const digest = () => page.getByTestId("audit-digest").textContent();
const picture = (name) => page.screenshot({ path: join(results, `${name}.png`), fullPage: false });
/** Waits for another digest than the one given, and for the audit to be at rest. */
async function another(old) {
  await page.waitForFunction(
    (old) => {
      const now = document.querySelector("[data-testid=audit-digest]")?.textContent;
      return now && now !== old && document.querySelector("[data-testid=risk-lanes]")?.getAttribute("aria-busy") === "false";
    },
    old,
  );
  return digest();
}

async function save(button) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button, exact: true }).click()]);
  const path = join(results, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

/** Entries of an archive whose files are stored as they are: name to bytes. */
function entries(archive) {
  const end = archive.length - 22;
  assert.equal(archive.readUInt32LE(end), 0x06054b50);
  const found = new Map();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const length = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + length);
    const local = archive.readUInt32LE(at + 42);
    const data = local + 30 + archive.readUInt16LE(local + 26);
    found.set(name, archive.subarray(data, data + archive.readUInt32LE(at + 24)));
    at += 46 + length;
  }
  return found;
}

describe("risk", () => {
  test("an audit is shown, changed by keyboard, and taken back", async () => {
    const first = await digest();
    assert.match(await page.getByTestId("overall").innerText(), /^(PASS|CAUTION|FAIL)$/);
    assert.ok((await page.locator("[data-testid=rules] li").count()) >= 10);
    assert.equal(await page.locator("[data-testid=figures] tbody tr").count(), 6);
    await page.locator(".risk-stack canvas").nth(6).waitFor();
    await picture("risk-dark");
    const slider = page.getByRole("slider", { name: "Volatility acceleration, slider" });
    await slider.focus();
    await page.keyboard.press("Shift+ArrowLeft");
    const second = await another(first);
    assert.equal(await page.getByRole("textbox", { name: "Volatility acceleration", exact: true }).inputValue(), "1.20");
    await page.keyboard.press("Control+z");
    assert.equal(await another(second), first, "the same question has the same digest");
    assert.deepEqual(complaints, []);
  });

  test("everything is exported, and the command line repeats it to the same digest", async () => {
    const shown = await digest();
    const archive = entries(readFileSync(await save("Export the audit")));
    for (const name of [
      "audit.json", "request.json", "two_pass_comparison.md", "two_pass_comparison.json", "allocator_state_v1.csv", "allocator_state_v1.arrow",
      "allocator_regime_v1_meta.json", "allocator_risk_v1.csv", "allocator_risk_v1_applied.csv", "weights_raw.csv", "weights_scaled.csv",
      "allocator_scalars_at_rebalances.csv", "allocator_precomputed_meta.json", "allocator_risk_v1_applied_source.csv", "allocator_risk_v1_applied_used.csv",
    ]) assert.ok(archive.has(name), name);
    assert.equal(JSON.parse(archive.get("audit.json")).digest, shown);
    const request = await save("Save the request");
    assert.deepEqual(readFileSync(request), Buffer.from(archive.get("request.json")));
    assert.equal(JSON.parse(await allocator("audit", "--in", request)).digest, shown);
  });

  for (const [name, options] of [
    ["dark", { colorScheme: "dark" }],
    ["light", { colorScheme: "light" }],
    ["phone", { colorScheme: "light", viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true }],
  ]) {
    test(`axe finds nothing and nothing is cut off, ${name}`, async () => {
      await open(options);
      await page.evaluate(axe.source);
      const inspect = async (what) => {
        const found = await page.evaluate(() => globalThis.axe.run(document, {
          resultTypes: ["violations"],
          rules: { "label-content-name-mismatch": { enabled: false } },
        }));
        assert.deepEqual(found.violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes.slice(0, 4).map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`), []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, what);
      };
      await page.locator(".risk-stack canvas").nth(6).waitFor();
      await inspect("lanes");
      await picture(`risk-${name}`);
      if (name === "dark") {
        await page.getByTestId("tuning").getByRole("button", { name: "Search" }).click();
        await page.getByTestId("tuning-advice").waitFor();
        await inspect("tuning");
        await page.keyboard.press("t");
        await page.getByRole("region", { name: "Risk by date, table" }).waitFor();
        await inspect("table");
        await picture("risk-table");
      }
    });
  }
});
