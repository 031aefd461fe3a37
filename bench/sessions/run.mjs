// What sessions cost: a refresh, whether a token is still good, and a login with refresh tokens: see bench/README.md.
import { argon2id } from '../../tooling/hashes.mjs';
import { putUser } from '../../tooling/users.mjs';
import { start } from '../support/direct.mjs';
import { connections, load, request } from '../support/load.mjs';
import { median, rounded as roundedTo } from '../support/numbers.mjs';
import { cpuTime } from '../support/processes.mjs';
import { draw, write } from '../support/results.mjs';

const CONNECTIONS = 16;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 31);
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 320);
const LOGINS = 16;
const WARM_UP = 4;
/** The second one's logins must not end the first one's sessions, of which an account has at most 100. */
const [user, other] = ['alice', 'bob'].map((username) => ({ username, password: 'a password' }));
const lifetime = { REFRESH_TOKEN_EXPIRE_MINUTES: '1440', SESSION_EXPIRE_MINUTES: '43200' };

const [without, worker] = [await start(), await start({ vars: lifetime })];
for (const one of [without, worker]) {
  for (const { username, password } of [user, other]) await putUser(one, { username, password_hash: argon2id(password) });
  one.sockets = await connections(one.port, CONNECTIONS);
}
const login = request('POST', '/api/user/login', other);
const tokens = [];
for (let session = 0; session < CONNECTIONS; session += 1) {
  const answer = await fetch(`http://127.0.0.1:${worker.port}/api/user/login`, { method: 'POST', body: new URLSearchParams(user), headers: { 'x-client': '10.1.2.3' } });
  tokens.push(await answer.json());
}
const bearer = { authorization: `Bearer ${tokens[0].access_token}` };
/** Each connection has a session of its own, and sends the token that it got last. */
const refresh = (answer, connection) => {
  const held = tokens[connection];
  held.refresh_token = /"refresh_token":"([^"]+)"/.exec(answer)?.[1] ?? held.refresh_token;
  return request('POST', '/api/user/refresh', { grant_type: 'refresh_token', refresh_token: held.refresh_token });
};

const kinds = {
  'no such path': [worker, request('GET', '/nowhere'), REQUESTS, 404],
  'a look-up in the store': [worker, request('GET', '/health'), REQUESTS, 200],
  refresh: [worker, refresh, REQUESTS, 200],
  me: [worker, request('GET', '/api/user/me', undefined, bearer), REQUESTS, 200],
  'login without refresh tokens': [without, login, LOGINS, 200],
  'login with refresh tokens': [worker, login, LOGINS, 200],
};
const samples = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
for (let round = -WARM_UP; round < ROUNDS; round += 1) {
  const names = Object.keys(kinds);
  for (const name of round % 2 ? names : names.reverse()) {
    const [{ pid, sockets }, bytes, count, status] = kinds[name];
    const before = cpuTime(pid);
    await load(sockets, bytes, count, status);
    if (round >= 0) samples[name].push((cpuTime(pid) - before) / 1000 / count);
  }
}
for (const { sockets, stop } of [without, worker]) {
  for (const socket of sockets) socket.destroy();
  await stop();
}

const cpu = Object.fromEntries(Object.entries(samples).map(([name, times]) => [name, rounded(median(times))]));
const lookup = cpu['a look-up in the store'];
console.table(Object.entries(cpu).map(([what, us]) => ({ what, 'µs of CPU': us, 'beyond the look-up': rounded(us - lookup), 'a second on one core': Math.round(1e6 / us) })));
const ratio = rounded(cpu['login with refresh tokens'] / cpu['login without refresh tokens']);
console.log(`login with refresh tokens / without: ${ratio}`);
write('sessions', { rounds: ROUNDS, requests: REQUESTS, connections: CONNECTIONS, cpu_us: cpu, login_ratio: ratio });
draw('sessions', 'Microseconds of CPU a request', Object.entries(cpu).filter(([name]) => !name.startsWith('login')));

function rounded(number) {
  return roundedTo(number, number < 10 ? 3 : 1);
}
