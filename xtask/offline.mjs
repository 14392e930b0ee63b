// Lets the built site be opened without its server: names the build in the page, and writes the service worker with the list of the
// site's files and the SHA-256 of each. Run after everything else has been written, and before the files are compressed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const [dist, script] = process.argv.slice(2);
const SERVICE_WORKER = 'service-worker.js';
const INDEX = 'index.html';

const paths = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'));
// Compressed copies are the same files; sources of maps are for whoever debugs.
const copy = (name) => /\.(br|gz)$/.test(name) && paths.includes(name.replace(/\.(br|gz)$/, ''));
const names = paths.filter((name) => !copy(name) && !name.endsWith('.map') && name !== SERVICE_WORKER).sort();
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

const files = {};
for (const name of names) if (name !== INDEX) files[name] = digest(readFileSync(join(dist, name)));

const former = readFileSync(join(dist, INDEX), 'utf8').replace(/<meta name="build"[^>]*>\n?/, '');
const build = digest(JSON.stringify([former, files])).slice(0, 16);
const index = former.replace('</head>', `<meta name="build" content="${build}" />\n</head>`);
if (index === former) throw new Error(`${INDEX} has no end of its head`);
writeFileSync(join(dist, INDEX), index);
files[INDEX] = digest(index);

const head = `const BUILD = ${JSON.stringify(build)};\nconst FILES = ${JSON.stringify(files, null, 1)};\n\n`;
writeFileSync(join(dist, SERVICE_WORKER), head + readFileSync(script, 'utf8'));
console.log(`    build ${build}: ${names.length} files`);
