// Lets the built site be opened without its server. Code gets the digest of its content into its path, so that files of two builds
// cannot meet; the page gets the names and that of the build; the service worker gets the list of files with the SHA-256 of each. Run
// after everything else has been written, and before the files are compressed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const [dist, script] = process.argv.slice(2);
const SERVICE_WORKER = 'service-worker.js';
const INDEX = 'index.html';

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** Files below a folder of the site, by their paths below the site. */
const below = (folder) =>
  readdirSync(join(dist, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'))
    .sort();
const read = (name) => readFileSync(join(dist, name));

// A copy of an earlier run is of an earlier name.
for (const name of readdirSync(dist)) if (/^engine-[0-9a-f]{16}$/.test(name)) rmSync(join(dist, name), { recursive: true });
const engine = `engine-${digest(JSON.stringify(below('engine').map((name) => [name, digest(read(name))]))).slice(0, 16)}`;
renameSync(join(dist, 'engine'), join(dist, engine));
const places = { engine };
if (below('charts').includes('charts/index.js')) {
  places.charts = `charts/index-${digest(read('charts/index.js')).slice(0, 16)}.js`;
  writeFileSync(join(dist, places.charts), read('charts/index.js'));
}

// Compressed copies are the same files; sources of maps are for whoever debugs; the charts' first name is for whoever has no page.
const all = below('.');
const copy = (name) => /\.(br|gz)$/.test(name) && all.includes(name.replace(/\.(br|gz)$/, ''));
const left_out = (name) => copy(name) || name.endsWith('.map') || [SERVICE_WORKER, INDEX, 'charts/index.js'].includes(name);
const files = {};
for (const name of all) if (!left_out(name)) files[name] = digest(read(name));

const meta = (name, content) => `<meta name="${name}" content="${content}" />\n`;
const former = read(INDEX).toString().replace(/<meta name="(build|engine|charts)"[^>]*>\n?/g, '');
const build = digest(JSON.stringify([former, files])).slice(0, 16);
// Before the scripts, which read them.
const index = former.replace('<head>', `<head>\n${meta('build', build)}${Object.entries(places).map(([name, place]) => meta(name, place)).join('')}`);
if (index === former) throw new Error(`${INDEX} has no head`);
writeFileSync(join(dist, INDEX), index);
files[INDEX] = digest(index);

const head = `const BUILD = ${JSON.stringify(build)};\nconst FILES = ${JSON.stringify(files, null, 1)};\n\n`;
writeFileSync(join(dist, SERVICE_WORKER), head + readFileSync(script, 'utf8'));
console.log(`    build ${build}: ${Object.keys(files).length} files`);
