// Bundles the chart modules into a folder: one file for each library, named by its content, and `index.js`, which knows the names.
//
//   src/echarts.js + echarts --esbuild--> echarts-<hash>.js --+
//   src/uplot.js   + uplot   --esbuild--> uplot-<hash>.js   --+--> index.js (asked for anew each time, a few hundred bytes)
//
// The page asks for index.js when the first chart is shown and for a library when the first chart of its kind is.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
const LIBRARIES = ["echarts", "uplot"];
/** Whose code is in the bundles; their licences are served beside them. */
const LICENSED = ["echarts", "zrender", "tslib", "uplot"];

const settings = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  write: false,
  legalComments: "none",
  loader: { ".css": "text" },
  absWorkingDir: here,
  logLevel: "warning",
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const names = {};
for (const library of LIBRARIES) {
  const { outputFiles } = await build({ ...settings, entryPoints: [`src/${library}.js`] });
  const bytes = outputFiles[0].contents;
  names[library] = `${library}-${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}.js`;
  writeFileSync(join(out, names[library]), bytes);
  console.log(`    ${names[library]}: ${(bytes.length / 1000).toFixed(1)} KB`);
}

const define = Object.fromEntries(LIBRARIES.map((library) => [`__${library.toUpperCase()}__`, JSON.stringify(`./${names[library]}`)]));
const { outputFiles } = await build({ ...settings, entryPoints: ["src/index.js"], define, external: ["./echarts-*", "./uplot-*"] });
writeFileSync(join(out, "index.js"), outputFiles[0].contents);

const licences = LICENSED.map((name) => {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const read = (file) => {
    try {
      return readFileSync(join(folder, file), "utf8").trim();
    } catch {
      return "";
    }
  };
  const text = ["LICENSE", "LICENSE.txt", "NOTICE"].map(read).filter(Boolean).join("\n\n");
  return `${name} ${version} (${license})\n\n${text}`;
});
writeFileSync(join(out, "licences.txt"), `${licences.join(`\n\n${"=".repeat(80)}\n\n`)}\n`);
