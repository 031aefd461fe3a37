// Checks that the tests exist which docs/SECURITY-MODEL.md names in the column "shown by" of its tables:
//
//     `guessing`: *five_failures…*; `guessing.test.mjs`: *a burst*; `password` in `crates/cli/src/`
//
// Files are in backticks. A Rust file stands without `.rs`, and with folders where its name is not
// enough. Tests are in italics after a colon.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tooling/run.mjs';

const TABLE = /^\|.*\| shown by +\|\n\|[-:| ]+\n((?:\|.*\n)+)/gm;
const RUST_TEST = /#\[test\]\s+(?:#\[.*\]\s+)*fn (\w+)/g;
const NODE_TEST = /\b(?:it|describe)\((['"`])(.*?)\1, /g;

/** Gives one message for each name that is wrong. */
export function missingTests() {
  const text = readFileSync(join(root, 'docs/SECURITY-MODEL.md'), 'utf8');
  const claims = [...text.matchAll(TABLE)].flatMap(([, rows]) => rows.trim().split('\n'))
    .flatMap((row) => row.split('|').at(-2).split(';')).filter((claim) => /[`*]/.test(claim));
  if (claims.length === 0) return ['no test is named at all'];
  const inProse = text.replace(TABLE, '').match(/`[\w-]+\.test\.mjs`/g) ?? [];
  const files = testFiles();
  return [...new Set([...claims, ...inProse].flatMap((claim) => missing(claim, files)))];
}

function missing(claim, files) {
  const quoted = all(claim, /`([^`]+)`/g);
  const folder = quoted.find((name) => name.endsWith('/')) ?? '';
  const names = quoted.filter((name) => name !== folder);
  const found = names.map((name) => files.filter(({ path }) => path.startsWith(folder) && `/${path.replace(/(\/mod)?\.rs$/, '')}`.endsWith(`/${name}`)));
  const tests = found.flat();
  return [
    ...(existsSync(join(root, folder)) ? [] : [`there is no folder ${folder}`]),
    ...names.filter((_, index) => found[index].length === 0).map((name) => `there is no file of tests ${name}${folder && ` in ${folder}`}`),
    ...all(claim.replace(/`[^`]+`/g, ''), /\*([^*]+)\*/g).filter((name) => !tests.some((file) => has(file, name)))
      .map((name) => `${names.join(', ')} has no test ${name}`),
  ];
}

/** A Rust test is named in full or by its beginning, a test for Node by any part of its title. */
function has({ path, titles }, name) {
  const start = name.replace('…', '');
  if (path.endsWith('.mjs')) return titles.some((title) => title.includes(start));
  return titles.some((title) => (name.endsWith('…') ? title.startsWith(start) : title === name));
}

/** The files that have tests, and the names of their tests. */
function testFiles() {
  const paths = ['crates', 'tests'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => `${folder}/${path}`));
  return paths.filter((path) => /\.(rs|test\.mjs)$/.test(path)).map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, titles: path.endsWith('.rs') ? all(text, RUST_TEST) : [...text.matchAll(NODE_TEST)].map(([, , title]) => title) };
  }).filter(({ titles }) => titles.length > 0);
}

function all(text, pattern) {
  return [...text.matchAll(pattern)].map(([, found]) => found);
}
