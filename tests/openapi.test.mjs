// The OpenAPI document: that it is one, that the Worker keeps to it, and that clients can be made from it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { packages } from '../tooling/packages.mjs';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const python = process.env.EDGE_LOGIN_PYTHON;
const SERVICE = 'service:9f86d081884c7d659a2feaa0c55ad015';
const KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
const skip = !python && 'Python 3 with venv and pip is missing';

describe('the OpenAPI document', { timeout: 240_000 }, () => {
  let worker;
  let url;
  let folder;
  let token;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    worker = await startWorker({ vars: { REFRESH_TOKEN_EXPIRE_MINUTES: '60', INTROSPECTION_CLIENTS: SERVICE, SERVICE_KEYS: `shop:${KEY}`, SIGN_UP: 'open', SIGN_UPS_PER_DAY: '100000' } });
    url = new URL('/openapi.json', worker.url).href;
    await worker.addUser(recordedUsers[0]);
    token = (await (await worker.login('alice', PASSWORD)).json()).access_token;
  });
  after(async () => {
    await worker.stop();
    rmSync(folder, { recursive: true });
  });

  it('is valid', { skip }, async () => {
    await succeeds(python, ['-m', 'openapi_spec_validator', join(root, 'public/openapi.json')]);
  });

  // Each operation gets the documented examples, values at the edges of the schemas, and 40 made-up requests of each kind.
  it('is kept by the Worker, whatever is sent', { skip }, async () => {
    const config = ['--config-file', join(root, 'tests/schemathesis.toml')];
    const options = ['--checks', 'all', '--max-examples', '40', '--generation-deterministic', '--request-timeout', '30', '--no-color'];
    const env = { ...process.env, EDGE_LOGIN_TOKEN: token, EDGE_LOGIN_SERVICE: btoa(SERVICE), EDGE_LOGIN_KEY: KEY, PYTHONPATH: join(root, 'tests/support') };
    const { stdout } = await succeeds(python, ['-m', 'schemathesis.cli', ...config, 'run', url, ...options], env);
    const [, cases] = stdout.match(/(\d+) generated, \d+ passed/);
    assert.ok(cases > 500, stdout);
  });

  it('makes a client that logs in', async () => {
    const client = join(root, 'tests/client');
    packages(client);
    for (const name of ['login.ts', 'package.json', 'tsconfig.json']) cpSync(join(client, name), join(folder, name));
    symlinkSync(join(client, 'node_modules'), join(folder, 'node_modules'));
    const program = (name) => join(client, 'node_modules/.bin', name);
    await succeeds(program('openapi-typescript'), [url, '--output', 'schema.d.ts']);
    await succeeds(program('tsc'), ['--project', folder]);
    // The made-up requests may have changed alice.
    await worker.addUser({ ...recordedUsers[0], username: 'dave' });
    const login = (password) => succeeds(process.execPath, ['built/login.js', new URL(worker.url).origin, 'dave', password]);
    assert.equal((await login(PASSWORD)).stdout, '200 bearer for dave, 86400 s, dave\n');
    assert.equal((await login('a wrong password')).stdout, '401 "Incorrect username or password"\n');
  });

  /** Runs a program beside the Worker. Gives what it prints. */
  function succeeds(command, args, env = process.env) {
    // What fails is printed on standard output, too.
    return promisify(execFile)(command, args, { cwd: folder, env }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
  }
});
