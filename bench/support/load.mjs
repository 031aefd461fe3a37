// Sends requests as fast as a server takes them, over connections that stay open. It uses bare sockets,
// because sending has to cost less than answering.
import { once } from 'node:events';
import { connect } from 'node:net';

/** The bytes of a request. */
export function request(method, path, form, headers = {}) {
  const body = form === undefined ? '' : String(new URLSearchParams(form));
  const all = {
    host: 'localhost',
    accept: '*/*',
    'x-client': '10.1.2.3',
    ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`);
}

export async function connections(port, count) {
  return Promise.all(Array.from({ length: count }, async () => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    return socket;
  }));
}

/**
 * Sends a request so many times over all sockets. Each socket waits for its answer. Gives the milliseconds of each request.
 * @param bytes the request, or a function that gives the next one for the last answer and the socket's number
 */
export async function load(sockets, bytes, count, status) {
  let left = count;
  const times = [];
  await Promise.all(sockets.map((socket, number) => new Promise((resolve, reject) => {
    let text = '';
    let sent;
    const send = () => {
      const next = typeof bytes === 'function' ? bytes(text, number) : bytes;
      if (left === 0) return end(resolve);
      left -= 1;
      text = '';
      sent = performance.now();
      socket.write(next);
    };
    const take = (chunk) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const [, length] = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head)) ?? [];
      const whole = length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= head + 4 + Number(length);
      if (!whole) return;
      if (Number(text.slice(9, 12)) !== status) return end(() => reject(new Error(`answered ${text}`)));
      times.push(performance.now() - sent);
      send();
    };
    const broken = () => end(() => reject(new Error('the connection broke off')));
    const end = (then) => {
      socket.off('data', take).off('close', broken).off('error', broken);
      then();
    };
    socket.on('data', take).on('close', broken).on('error', broken);
    send();
  })));
  return times;
}
