// The command line, in a project folder of its own that has the tree's wrangler.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './worker.mjs';

const program = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug', 'edge-login');

/** A folder with a local database that was migrated. */
export function startProject() {
  const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
  for (const name of ['migrations', 'wrangler.toml']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const run = (command, args, input) => spawnSync(command, args, { cwd: folder, encoding: 'utf8', input });
  const migrated = run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local']);
  assert.equal(migrated.status, 0, migrated.stderr);
  return {
    folder,
    /** Where wrangler keeps the local stores: what to give startWorker to serve from them. */
    persist: join(folder, '.wrangler', 'state', 'v3'),
    /** Runs a command to its end, which is to have this exit code; gives its JSON. */
    edgeLogin: (args, { code = 0, input } = {}) => {
      const { status, stdout, stderr } = run(program, [...args, '--json'], input);
      assert.equal(status, code, `${args.join(' ')}: ${stderr}`);
      return JSON.parse(code === 0 || stdout ? stdout : stderr);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
