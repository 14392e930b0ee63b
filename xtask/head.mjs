// What the browser fetches first: the page's module, which takes longest, then one style sheet. Trunk writes a sheet for each of ours and
// names the module last, and a browser opens six connections: behind a dozen sheets the module began a tenth of a second later.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [dist] = process.argv.slice(2);
const index = join(dist, 'index.html');
let html = readFileSync(index, 'utf8');

const sheets = [...html.matchAll(/[ \t]*<link rel="stylesheet" href="\.\/([\w.-]+\.css)"\s*\/?>\n?/g)];
if (sheets.length > 1) {
  const text = sheets.map(([, name]) => readFileSync(join(dist, name), 'utf8')).join('\n');
  const name = `style-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.css`;
  writeFileSync(join(dist, name), text);
  html = html.replace(sheets[0][0], `    <link rel="stylesheet" href="./${name}" />\n`);
  for (const [link] of sheets.slice(1)) html = html.replace(link, '');
  for (const [, former] of sheets) for (const copy of ['', '.br', '.gz']) rmSync(join(dist, former + copy), { force: true });
}

const module = /<link rel="preload" href="[^"]+_bg\.wasm"[^>]*>/.exec(html)?.[0];
const charset = '<meta charset="utf-8" />';
if (!module || !html.includes(charset)) throw new Error('index.html names no module to load early, or no character set to put it behind');
html = html.replaceAll(module, '').replace(charset, `${charset}\n    ${module}`);
writeFileSync(index, html);
console.log(`    ${sheets.length} style sheets are one; the module comes first`);
