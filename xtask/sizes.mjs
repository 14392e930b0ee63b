// Compresses every file of the built site (.br and .gz beside it, where that makes it smaller) and prints what a first
// visit downloads, beside the budget of docs: shell 300 KB, engine worker 450 KB, everything 1 MB, brotli.
import { readdirSync, readFileSync, statSync, writeFileSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = process.argv[2];
const compressible = /\.(html|css|js|mjs|wasm|json|svg|csv|txt|webmanifest|map)$/;
const KB = 1000;

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

// A copy of an earlier run stands beside its original; a file that came compressed (the sample data) does not, and stays.
const copy = (file) => /\.(br|gz)$/.test(file) && files.includes(file.replace(/\.(br|gz)$/, ''));
for (const file of files.filter(copy)) rmSync(file);

const rows = [];
for (const file of files.filter((file) => !copy(file)).sort()) {
  const bytes = readFileSync(file);
  const row = { name: relative(dist, file).split(sep).join('/'), raw: bytes.length, brotli: bytes.length };
  if (compressible.test(file)) {
    const brotli = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    });
    const gzip = gzipSync(bytes, { level: 9 });
    if (brotli.length < bytes.length) {
      writeFileSync(`${file}.br`, brotli);
      row.brotli = brotli.length;
    }
    if (gzip.length < bytes.length) writeFileSync(`${file}.gz`, gzip);
  }
  rows.push(row);
}

// Data, charts and sources of maps are fetched when asked for, and parts of modules after the first answer.
const part = ({ name }) =>
  /_(split|chunk)_.*\.wasm$/.test(name) ? 'later'
  : /^engine(-\w+)?\//.test(name) ? 'engine'
  : /^(data|samples?|assets\/data|vendor|charts?|assets\/vendor)\//.test(name) || name.endsWith('.map') ? 'on demand'
  : 'shell';
const kb = (bytes) => `${(bytes / KB).toFixed(1)} KB`.padStart(11);
for (const row of rows.sort((a, b) => b.brotli - a.brotli).slice(0, 12))
  console.log(`    ${kb(row.raw)} raw ${kb(row.brotli)} brotli  ${row.name}`);
const sum = (name) => rows.filter((row) => part(row) === name).reduce((all, row) => all + row.brotli, 0);
const budget = [['shell', 300], ['engine', 450], ['later', null], ['on demand', null], ['first', 1000]];
for (const [name, limit] of budget) {
  const bytes = name === 'first' ? sum('shell') + sum('engine') : sum(name);
  const verdict = limit === null ? '' : bytes <= limit * KB ? `of ${limit} KB` : `OVER the budget of ${limit} KB`;
  console.log(`    ${name.padEnd(10)}${kb(bytes)} brotli ${verdict}`);
}
