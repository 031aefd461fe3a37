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

/** The processor. Virtual ones are often called no more than AMD EPYC: family and model tell which it is. */
export function machine() {
  const [, family, model] = readFileSync('/proc/cpuinfo', 'utf8').match(/cpu family\s*: (\d+)[^]*?model\s*: (\d+)/) ?? [];
  const which = family ? ` (family ${family}, model ${model})` : '';
  return `${cpus().length} cores of ${cpus()[0].model.trim()}${which}`;
}

function conditions() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/workerd/package.json'), 'utf8'));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    workerd: version,
    commit: output('git', ['rev-parse', '--short', 'HEAD']),
  };
}
