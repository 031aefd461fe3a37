// Measures how long the import of a million users into the local D1 takes, against wrangler with the same
// rows as SQL. The rows are sorted by name, which suits wrangler best. The import sorts in any case.
import { createWriteStream, rmSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { hashOf } from '../../tooling/hashes.mjs';
import { startProject } from '../../tooling/project.mjs';
import { fail, run as succeeds, say, target } from '../../tooling/run.mjs';
import { median } from '../support/numbers.mjs';
import { timed } from '../support/processes.mjs';
import { write } from '../support/results.mjs';

const USERS = Number(process.env.USERS ?? 1_000_000);
const ROUNDS = 3;
const ROWS_A_STATEMENT = 500;
const program = join(target, 'release', 'edge-login');

say('building the command line, as a release');
if (!succeeds('cargo', ['build', '--quiet', '--release', '--package', 'edge-login-cli'])) fail('the command line could not be built: see above');
const { folder, remove } = startProject();
const run = (command, ...args) => timed(command, args, { cwd: folder });
const csv = createWriteStream(join(folder, 'users.csv'));
const sql = createWriteStream(join(folder, 'users.sql'));
csv.write('username,password_hash\n');
for (let user = 0; user < USERS; user += ROWS_A_STATEMENT) {
  const rows = Array.from({ length: Math.min(ROWS_A_STATEMENT, USERS - user) }, (_, row) => [`user${String(user + row).padStart(9, '0')}`, hashOf('argon2id')]);
  const taken = csv.write(rows.map(([name, hash]) => `${name},"${hash}"\n`).join(''))
    & sql.write(`INSERT INTO users (username, password_hash) VALUES ${rows.map(([name, hash]) => `('${name}','${hash}')`).join(',')};\n`);
  if (!taken) await Promise.all([csv, sql].map((file) => file.writableNeedDrain && once(file, 'drain')));
}
await Promise.all([csv, sql].map((file) => once(file.end(), 'close')));

const results = { wrangler: [], import: [], again: [] };
for (let round = 0; round < ROUNDS; round++) {
  await empty();
  results.wrangler.push(await run('wrangler', 'd1', 'execute', 'DB', '--local', '--yes', '--json', '--file', 'users.sql'));
  await empty();
  results.import.push(await run(program, 'user', 'import', 'users.csv', '--all-enabled', '--json'));
  results.again.push(await run(program, 'user', 'import', 'users.csv', '--all-enabled', '--json'));
}
remove();

const summary = Object.fromEntries(Object.entries(results).map(([name, runs]) => [name, {
  seconds: median(runs.map(({ seconds }) => seconds)),
  mib: Math.max(...runs.map(({ mib }) => mib)),
}]));
const ratio = Math.round(100 * summary.import.seconds / summary.wrangler.seconds) / 100;
write('import', { users: USERS, rounds: ROUNDS, ...summary, ratio });
for (const [name, { seconds, mib }] of Object.entries(summary)) console.log(`${name.padEnd(10)} ${seconds} s, at most ${mib} MiB with all it starts`);
console.log(`import / wrangler: ${ratio}`);

async function empty() {
  rmSync(join(folder, '.wrangler', 'state'), { recursive: true, force: true });
  await run('wrangler', 'd1', 'migrations', 'apply', 'DB', '--local');
}
