// Ports of this machine.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether `localhost` can be listened on at this port. */
export async function isFree(port) {
  for (const address of ['127.0.0.1', '::1']) {
    const server = createServer().listen(port, address);
    try {
      await once(server, 'listening');
    } catch ({ code }) {
      // A machine may have no IPv6.
      if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code)) continue;
      return false;
    }
    server.close();
    await once(server, 'close');
  }
  return true;
}
