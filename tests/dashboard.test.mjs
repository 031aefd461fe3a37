// The queries of the dashboard and of docs/OPERATIONS.md, run in the database whose SQL Analytics Engine speaks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { DAY, rowsOfADay } from '../tooling/dashboard/day.mjs';
import { draw } from '../tooling/dashboard/draw.mjs';
import { ask, documented, expanded, panels } from '../tooling/dashboard/queries.mjs';
import { root } from '../tooling/root.mjs';

const FAILURES = ['bad_password', 'unknown_user', 'throttled'];
const rows = rowsOfADay();
const skip = !process.env.EDGE_LOGIN_PYTHON && 'Python is missing';

/** What the points of these rows add up to, for each value of a column. */
function counts(chosen, column) {
  const sums = {};
  for (const row of chosen) sums[row[column]] = (sums[row[column]] ?? 0) + row._sample_interval;
  return sums;
}
/** The same, from the rows of an answer. */
function added(answer, name, value) {
  const sums = {};
  for (const row of answer) sums[row[name]] = (sums[row[name]] ?? 0) + Number(row[value]);
  return sums;
}
const logins = (...outcomes) => rows.filter(({ blob1, blob2 }) => blob1 === 'login' && (outcomes.length === 0 || outcomes.includes(blob2)));
const of = (event) => rows.filter(({ blob1 }) => blob1 === event);

describe('the dashboard', { skip }, () => {
  let answers;
  before(() => {
    answers = ask(rows, panels.map((panel) => expanded(panel, DAY)));
  });
  const answer = (title) => answers[panels.findIndex((panel) => panel.title === title)];

  it('counts what there is in a day', () => {
    assert.deepEqual(added(answer('Attempts to log in'), 'outcome', 'attempts'), counts(logins(), 'blob2'));
    assert.deepEqual(added(answer('Formats of the hashes of users who logged in'), 'format', 'logins'), counts(logins('ok'), 'blob5'));
    assert.deepEqual(added(answer('Failures of the service'), 'outcome', 'answers'), counts(rows.filter(({ blob2 }) => blob2 === 'store_error'), 'blob2'));
    assert.deepEqual(added(answer('Refreshes'), 'outcome', 'refreshes'), counts(of('refresh'), 'blob2'));
    assert.deepEqual(added(answer('Upgrades of old hashes'), 'outcome', 'upgrades'), counts(of('upgrade'), 'blob2'));
    assert.deepEqual(added(answer('Failures by country'), 'country', 'failures'), counts(logins(...FAILURES), 'blob3'));
    assert.deepEqual(added(answer('Data centres'), 'colo', 'attempts'), counts(logins(), 'blob4'));
    assert.deepEqual(added(answer('Data centres'), 'colo', 'ok'), { IAD: 0, AMS: 0, ...counts(logins('ok'), 'blob4') });
  });

  it('puts them where they belong in time, and leaves out other days', () => {
    const attack = answer('Failures by country').filter(({ country }) => country === 'US').map(({ t }) => new Date(Number(t)).toISOString().slice(11, 16));
    assert.deepEqual(attack, ['13:00', '13:15', '13:30', '13:45', '14:00', '14:15', '14:30', '14:45']);
    const other = { ...DAY, from: DAY.from + 86_400, to: DAY.to + 86_400 };
    assert.deepEqual(ask(rows, panels.map((panel) => expanded(panel, other))), panels.map(() => []));
  });

  it('is shown as it is', () => {
    assert.equal(readFileSync(join(root, 'docs/grafana-dashboard.svg'), 'utf8'), draw(panels, answers, DAY), 'run `node scripts/draw-dashboard.mjs`');
  });

  it('names events and outcomes that there are', () => {
    const schema = readFileSync(join(root, 'docs/log-lines.schema.json'), 'utf8');
    const named = panels.flatMap(({ targets: [{ query }] }) => [...query.matchAll(/'(\w+)'/g)].map(([, name]) => name));
    assert.ok(named.length > 10);
    for (const name of named) assert.ok(schema.includes(`"${name}"`), name);
  });
});

it('the queries of docs/OPERATIONS.md count what there is in the time until now', { skip }, () => {
  const now = Math.floor(Date.now() / 1000);
  const [old] = rows;
  const recent = rows.map((row) => ({ ...row, timestamp: row.timestamp + now - DAY.to + 600 }));
  // The rows end five minutes ago. The first two queries ask for a day, the third for a month.
  const given = [...recent, { ...old, timestamp: now - 25 * 3600 }, { ...old, timestamp: now - 31 * 86_400 }];
  const titles = Object.keys(documented);
  assert.deepEqual(titles, [
    'What attempts of the last day ended in',
    'Failures by hour and country, to see where an attack comes from',
    'The formats that users of the last month still had when they logged in',
  ]);
  const [outcomes, failures, formats] = ask(given, Object.values(documented));
  assert.deepEqual(added(outcomes, 'outcome', 'attempts'), counts(logins(), 'blob2'));
  assert.deepEqual(added(failures, 'country', 'failures'), counts(logins(...FAILURES), 'blob3'));
  assert.ok(new Set(failures.map(({ hour }) => hour)).size >= 24);
  const month = counts(logins('ok'), 'blob5');
  assert.deepEqual([old.blob2, old.blob5], ['ok', 'argon2id']);
  assert.deepEqual(added(formats, 'format', 'logins'), { ...month, argon2id: month.argon2id + old._sample_interval });
});
