// `Server-Timing` in workerd with both stores: what a request waited for, for the operator who has the key.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startWorker } from '../tooling/worker.mjs';

const TIMING_KEY = 'f3a90c5be1d7426883a4b5c6d7e8f901';
const SERVICE_KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
const PASSWORD = 'a sentence that nobody would guess';

for (const [USER_STORE, changed] of [['d1', 'store'], ['kv', 'home']]) {
  describe(`with ${USER_STORE}, an operator`, () => {
    let worker;
    before(async () => {
      worker = await startWorker({ vars: { USER_STORE, TIMING_KEY, SERVICE_KEYS: `shop:${SERVICE_KEY}` } });
      worker.secrets.add(TIMING_KEY).add(SERVICE_KEY).add(PASSWORD);
    });
    after(() => worker.stop());

    const put = (headers) => worker.fetch('/api/users/anna', {
      method: 'PUT', body: JSON.stringify({ password: PASSWORD }), headers: { authorization: `Bearer ${SERVICE_KEY}`, ...headers },
    });
    const login = (headers) => worker.fetch('/api/user/login', {
      method: 'POST', body: new URLSearchParams({ username: 'anna', password: PASSWORD }), headers,
    });
    const timing = ({ headers }) => headers.get('server-timing');
    const parts = (answer) => timing(answer).split(', ').map((part) => {
      const [, name, milliseconds] = /^([a-z]+);dur=(\d+)$/.exec(part);
      return { name, milliseconds: Number(milliseconds) };
    });

    it('sees with the key what took how long', async () => {
      const names = (answer) => parts(answer).map(({ name }) => name);
      // The hash of the password, the change, and what the guards are told of it. A right key asks no gate.
      const created = await put({ 'edge-login-timing': TIMING_KEY });
      assert.equal(created.status, 201);
      assert.deepEqual(new Set(names(created)), new Set(['guard', changed, 'total']));

      const answer = await login({ 'edge-login-timing': TIMING_KEY });
      assert.equal(answer.status, 200);
      // With KV, the guard may be asked twice: it knows of the change before KV has it.
      assert.deepEqual([...new Set(names(answer))], ['gate', 'store', 'guard', 'total']);
      const of = (name) => parts(answer).filter((part) => part.name === name).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      assert.ok(of('guard') > 0 && of('gate') + of('store') + of('guard') <= of('total'), timing(answer));
    });

    it('sees nothing without it', async () => {
      for (const headers of [{}, { 'edge-login-timing': '1' }, { 'edge-login-timing': `${TIMING_KEY}0` }]) {
        const answer = await login(headers);
        assert.deepEqual([answer.status, timing(answer)], [200, null]);
      }
    });
  });
}
