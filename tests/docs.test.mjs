// The docs page and its files, as a client without a browser sees them.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';

/** The page, the document, and everything that the page names. */
const page = readFileSync(join(root, 'public/docs.html'), 'utf8');
const paths = ['/docs', '/openapi.json', ...page.matchAll(/(?:href|src)="([^"]+)"/g).map(([, path]) => `/${path}`)];

describe('the docs', () => {
  let worker;
  before(async () => {
    worker = await startWorker();
  });
  after(() => worker.stop());

  it('are served with all their files, which browsers need not fetch twice', async () => {
    assert.equal(paths.length, 7);
    for (const path of paths) {
      const answer = await worker.fetch(path);
      assert.equal(answer.status, 200, path);
      const type = { css: 'text/css', js: 'text/javascript', json: 'application/json', png: 'image/png' }[path.split('.')[1]] ?? 'text/html';
      assert.equal(answer.headers.get('content-type').split(';')[0], type, path);
      assert.ok((await answer.bytes()).length > 0);
      const again = await worker.fetch(path, { headers: { 'if-none-match': answer.headers.get('etag') } });
      assert.equal(again.status, 304, path);
      const head = await worker.fetch(path, { method: 'HEAD' });
      assert.deepEqual([head.status, (await head.bytes()).length], [200, 0], path);
    }
    assert.equal(await (await worker.fetch('/docs')).text(), page);
  });

  it('name no other host and hold no inline script or style', () => {
    assert.doesNotMatch(page, /https?:|<style|style=|<script>|\son\w+=/);
  });

  it('have no other paths, and no other files are served', async () => {
    for (const path of ['/docs.html', '/docs/index.html', '/docs/LICENSE', '/docs/..%2fopenapi.json', '/index.js', '/']) {
      assert.equal((await worker.fetch(path)).status, 404, path);
    }
    for (const [method, path, status] of [['POST', '/docs', 405], ['GET', '/docs/', 307]]) {
      assert.equal((await worker.fetch(path, { method })).status, status);
    }
  });

  it('can be switched off', async () => {
    const without = await startWorker({ vars: { DOCS: 'off' } });
    for (const path of paths) assert.equal((await without.fetch(path)).status, 404, path);
    assert.equal((await without.fetch('/docs', { method: 'POST' })).status, 404);
    assert.equal((await without.fetch('/health')).status, 200);
    await without.stop();
  });

  it('are no part of the Worker that is uploaded', () => {
    const uploaded = readdirSync(join(root, 'build')).filter((name) => name.startsWith('index'));
    assert.deepEqual(uploaded.sort(), ['index.js', 'index_bg.wasm']);
    for (const name of uploaded) assert.doesNotMatch(readFileSync(join(root, 'build', name), 'latin1'), /SwaggerUIBundle|"openapi"/);
  });
});
