// The queries of docs/grafana-dashboard.json and docs/OPERATIONS.md, and how to run them.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { python } from '../python.mjs';
import { root } from '../root.mjs';

export const panels = JSON.parse(readFileSync(join(root, 'docs/grafana-dashboard.json'), 'utf8')).panels;

/** The documented queries, by the comment above each. */
export const documented = Object.fromEntries(
  /```sql\n(.*?)```/s.exec(readFileSync(join(root, 'docs/OPERATIONS.md'), 'utf8'))[1].split('\n\n').map((query) => {
    const [comment, ...lines] = query.trim().split('\n');
    return [comment.replace(/^-- /, ''), lines.join('\n')];
  }),
);

/** A panel's query, with what Altinity's plugin puts in place of its macros. */
export function expanded({ targets: [{ query }] }, { from, to, seconds }) {
  return query
    .replace('$timeSeries', `(intDiv(toUInt32(timestamp), ${seconds}) * ${seconds}) * 1000`)
    .replace('$timeFilter', `timestamp >= toDateTime(${from}) AND timestamp <= toDateTime(${to})`);
}

/** The rows that each query gives. */
export function ask(rows, queries) {
  // It works without the two libraries for data frames that it names as dependencies, which take 250 MB.
  const interpreter = python('tooling/dashboard/requirements.txt', 'clickhouse', '--no-deps');
  const { status, stdout, stderr } = spawnSync(interpreter, [join(root, 'tooling/dashboard/clickhouse.py')], {
    input: JSON.stringify({ rows, queries }), encoding: 'utf8', maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
