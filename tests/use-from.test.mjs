// The services of docs/USE-FROM.md, with a token of the Worker.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ended, root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const page = readFileSync(join(root, 'docs/USE-FROM.md'), 'utf8');
const python = process.env.EDGE_LOGIN_PYTHON;

describe('a service', () => {
  let worker;
  let token;
  before(async () => {
    worker = await startWorker();
    await worker.addUser(recordedUsers[0]);
    token = (await (await worker.login('alice', PASSWORD)).json()).access_token;
  });
  after(() => worker.stop());
  /** One with another signature, one without, and none. */
  const wrong = () => [`${token.slice(0, -4)}AAAA`, `${token.split('.').slice(0, 2).join('.')}.`, ''];

  for (const service of ['fastapi', 'flask']) {
    it(`in ${service} lets in whoever has a token, and nobody else`, { skip: !python && 'there is no Python 3 with pip' }, () => {
      const [program] = page.match(new RegExp(`# ${service}\n[^]*?(?=\`\`\`)`));
      const env = { ...process.env, SECRET_KEY: worker.bindings.SECRET_KEY };
      const { stdout, stderr } = ended(python, ['tests/support/asked.py', service, token, ...wrong()], { input: program, env });
      const [right, ...others] = stdout.trim().split('\n');
      assert.match(right ?? '', /^200 .*alice/, stderr);
      assert.deepEqual(others.map((line) => line.slice(0, 3)), ['401', '401', '401'], stderr);
    });
  }

  it('in Hono lets in whoever has a token, and nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'service.mjs'), page.match(/```js\n([^]*?)```/)[1]);
    process.env.SECRET_KEY = worker.bindings.SECRET_KEY;
    const { default: app } = await import(pathToFileURL(join(folder, 'service.mjs')).href);
    const ask = (authorization) => app.request('/hello', { headers: authorization ? { authorization } : {} });
    assert.deepEqual(await (await ask(`Bearer ${token}`)).json(), { hello: 'alice' });
    for (const other of wrong()) assert.equal((await ask(other && `Bearer ${other}`)).status, 401);
    delete process.env.SECRET_KEY;
    rmSync(folder, { recursive: true });
  });
});
