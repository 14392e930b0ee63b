// Lets the built site be opened without its server. Code gets the digest of its content into its path, so that files of two builds
// cannot meet; the page gets the names and that of the build; the service worker gets the list of files with the SHA-256 of each. Run
// after everything else has been written, and before the files are compressed; a second run on the same site begins with its names.
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
const at_root = (pattern) => readdirSync(dist).filter((name) => pattern.test(name)).sort();
/** A digest of files by their names below a folder, whatever that is called, and their bytes. */
const digest_of = (names) => digest(JSON.stringify(names.map((name) => [name.split('/').slice(1).join('/'), digest(read(name))]))).slice(0, 16);

// Compressed copies of an earlier run are of earlier names and bytes.
const all_before = below('.');
for (const name of all_before) if (/\.(br|gz)$/.test(name) && all_before.includes(name.replace(/\.(br|gz)$/, ''))) rmSync(join(dist, name));

/** Gives a folder the digest of its content as its name. */
function addressed(folder) {
  const [former] = at_root(new RegExp(`^${folder}(-[0-9a-f]{16})?$`));
  const name = `${folder}-${digest_of(below(former))}`;
  if (former !== name) renameSync(join(dist, former), join(dist, name));
  return [former, name];
}

const [, engine] = addressed('engine');
const [snippets_before, snippets] = addressed('snippets');

// Trunk names the page's files by what the compiler made, before it was split and optimised, and not by its snippets. The name is as long
// as before: the module holds it too, where a length stands before it.
const page = at_root(/^dashboard-[0-9a-f]+(_\w+)?\.(js|wasm)$/);
const former_tag = /^dashboard-([0-9a-f]+)/.exec(page[0])[1];
const neutral = (name) => read(name).toString('latin1').replaceAll(former_tag, '').replace(/\.\/snippets(-[0-9a-f]{16})?\//g, './');
const tag = digest(JSON.stringify([snippets, ...page.map((name) => [name.replace(former_tag, ''), digest(neutral(name))])])).slice(0, former_tag.length);
for (const name of [...page, INDEX]) {
  // Byte by byte, since modules are no text.
  let bytes = read(name).toString('latin1').replaceAll(former_tag, tag);
  // Where scripts come from. What a module calls them stays: it is no address, and only the same word stands on both sides.
  if (name === INDEX) bytes = bytes.replaceAll(`./${snippets_before}/`, `./${snippets}/`);
  if (name.endsWith('.js')) bytes = bytes.replace(/(\bfrom\s*["'])\.\/snippets(-[0-9a-f]{16})?\//g, `$1./${snippets}/`);
  rmSync(join(dist, name));
  writeFileSync(join(dist, name.replace(former_tag, tag)), Buffer.from(bytes, 'latin1'));
}

const places = { engine };
const charts = 'charts/index.js';
if (below('charts').includes(charts)) {
  places.charts = `charts/index-${digest(read(charts)).slice(0, 16)}.js`;
  writeFileSync(join(dist, places.charts), read(charts));
}

// Sources of maps are for whoever debugs; the charts' first name is for whoever has no page.
const files = {};
for (const name of below('.')) if (!name.endsWith('.map') && ![SERVICE_WORKER, INDEX, charts].includes(name)) files[name] = digest(read(name));

const meta = (name, content) => `<meta name="${name}" content="${content}" />\n`;
const former = read(INDEX).toString().replace(/<head>\n(?:<meta name="(?:build|engine|charts)"[^>]*>\n)+/, '<head>');
const text = readFileSync(script, 'utf8');
const build = digest(JSON.stringify([former, files, text])).slice(0, 16);
// Before the scripts, which read them.
const index = former.replace('<head>', () => `<head>\n${meta('build', build)}${Object.entries(places).map(([name, place]) => meta(name, place)).join('')}`);
if (index === former) throw new Error(`${INDEX} has no head`);
writeFileSync(join(dist, INDEX), index);
files[INDEX] = digest(index);

writeFileSync(join(dist, SERVICE_WORKER), `const BUILD = ${JSON.stringify(build)};\nconst FILES = ${JSON.stringify(files, null, 1)};\n\n${text}`);
console.log(`    build ${build}: ${Object.keys(files).length} files`);
