// Writes results into bench/results, with where and when they were measured.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { output, root, say } from '../../tooling/run.mjs';
import { barChart } from './chart.mjs';

const place = (name) => join(root, 'bench/results', name);

export function write(name, result) {
  writeFileSync(place(`${name}.json`), `${JSON.stringify({ ...conditions(), ...result }, null, 2)}\n`);
  say(`the result is in bench/results/${name}.json`);
}

export function read(name) {
  return JSON.parse(readFileSync(place(`${name}.json`), 'utf8'));
}

/** One bar for each [label, value]. */
export function draw(name, title, bars) {
  writeFileSync(place(`${name}.svg`), barChart(title, bars));
}

function conditions() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/workerd/package.json'), 'utf8'));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores of ${cpus()[0].model.trim()}`,
    workerd: version,
    commit: output('git', ['rev-parse', '--short', 'HEAD']),
  };
}
