// The command line, in a project folder of its own that uses this tree's wrangler.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, environment, root, run, target } from './run.mjs';

const program = join(target, 'debug', 'edge-login');

/** Makes a folder with a local database that has the tables. */
export function startProject() {
  const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
  for (const name of ['migrations', 'wrangler.toml']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  // Wrangler keeps its log files there.
  const env = { ...environment, XDG_CONFIG_HOME: join(folder, 'config') };
  assert.ok(run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local'], { cwd: folder, stdio: 'ignore', env }));
  return {
    folder,
    /** Where wrangler keeps the local stores. With this, startWorker serves from them. */
    persist: join(folder, '.wrangler', 'state', 'v3'),
    /** Runs a command, which has to end with this exit code. Gives the JSON that it prints. */
    edgeLogin: (args, { code = 0, input } = {}) => {
      const { status, stdout, stderr } = ended(program, [...args, '--json'], { cwd: folder, input, env });
      assert.equal(status, code, `${args.join(' ')}: ${stderr}`);
      return JSON.parse(code === 0 || stdout ? stdout : stderr);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
