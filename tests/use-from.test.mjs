// The services of docs/USE-FROM.md, with a token of the Worker.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { unstable_readConfig } from 'wrangler';
import { freePort } from '../tooling/port.mjs';
import { ended, root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { startBound } from '../tooling/workerd.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';
import { inGo, inRust, withoutGo } from './support/services.mjs';

const page = readFileSync(join(root, 'docs/USE-FROM.md'), 'utf8');
const example = (language) => page.match(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``))[1];
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
    writeFileSync(join(folder, 'service.mjs'), example('js'));
    process.env.SECRET_KEY = worker.bindings.SECRET_KEY;
    const { default: app } = await import(pathToFileURL(join(folder, 'service.mjs')).href);
    const ask = (authorization) => app.request('/hello', { headers: authorization ? { authorization } : {} });
    assert.deepEqual(await (await ask(`Bearer ${token}`)).json(), { hello: 'alice' });
    for (const other of wrong()) assert.equal((await ask(other && `Bearer ${other}`)).status, 401);
    delete process.env.SECRET_KEY;
    rmSync(folder, { recursive: true });
  });

  it('in Go lets in whoever has a token, and nobody else', { skip: withoutGo }, async () => serves(await inGo('service', example('go'))));

  it('in Rust with axum lets in whoever has a token, and nobody else', async () => serves(await inRust('axum', example('rust'))));

  it('in a Worker with a service binding lets in whoever is logged in, and nobody else', async () => {
    const service = await startBound(example('ts'), worker);
    const ask = (token) => fetch(service.url, { headers: { authorization: `Bearer ${token}` } });
    const { access_token: other } = await (await worker.login('alice', PASSWORD)).json();
    assert.deepEqual(await (await ask(other)).json(), { hello: 'alice' });
    await worker.fetch('/api/user/logout', { method: 'POST', headers: { authorization: `Bearer ${other}` } });
    for (const dead of [other, ...wrong()]) assert.equal((await ask(dead)).status, 401);
    await service.mf.dispose();
  });

  it('in FastAPI has the login on its own domain', { skip: !python && 'there is no Python 3 with pip' }, async () => {
    const section = page.split('## In front of a FastAPI application')[1];
    const { routes: [{ pattern }] } = configured(section.match(/```toml\n([^]*?)```/)[1]);
    const program = page.match(/# fastapi\n[^]*?(?=```)/)[0].replace(/^token = .*$/m, section.match(/```python\n([^]*?)\n```/)[1]);
    const env = { ...process.env, SECRET_KEY: worker.bindings.SECRET_KEY };
    const scheme = 'app.openapi()["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]["tokenUrl"]';
    const tokenUrl = ended(python, ['-c', `${program}\nprint(${scheme})`], { env }).stdout.trim();
    assert.ok(pattern.endsWith('/*') && `app.example.com${tokenUrl}`.startsWith(pattern.slice(0, -1)), `${pattern} ${tokenUrl}`);
    const form = new URLSearchParams({ username: 'alice', password: PASSWORD });
    const { access_token } = await (await worker.fetch(tokenUrl, { method: 'POST', body: form })).json();
    const { stdout, stderr } = ended(python, ['tests/support/asked.py', 'fastapi', access_token], { input: program, env });
    assert.match(stdout, /^200 .*alice/, stderr);
  });

  /** What wrangler reads, if this is put at the top of wrangler.toml. */
  function configured(toml) {
    const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    writeFileSync(join(folder, 'wrangler.toml'), readFileSync(join(root, 'wrangler.toml'), 'utf8').replace(/^\[/m, `${toml}\n[`));
    const config = unstable_readConfig({ config: join(folder, 'wrangler.toml') });
    rmSync(folder, { recursive: true });
    return config;
  }

  /** Asks a program that serves on a port. */
  async function serves(program) {
    const port = await freePort();
    const child = spawn(program, { env: { SECRET_KEY: worker.bindings.SECRET_KEY, PORT: port }, stdio: 'inherit' });
    const ask = (authorization) => fetch(`http://localhost:${port}/hello`, { headers: authorization ? { authorization } : {} });
    try {
      while (!(await ask().catch(() => false))) await setTimeout(20);
      assert.deepEqual(await (await ask(`Bearer ${token}`)).json(), { hello: 'alice' });
      for (const other of wrong()) assert.equal((await ask(other && `Bearer ${other}`)).status, 401);
    } finally {
      child.kill();
    }
  }
});
