// Requests byte by byte, including such as no HTTP client sends.
import { connect } from 'node:net';

/** Sends bytes and no more, and gives the answers to them: the status, the headers and the body of each. */
export function raw(url, bytes) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const parts = [];
    const socket = connect(port, hostname, () => socket.end(bytes));
    socket.on('error', () => {}).on('data', (part) => parts.push(part)).on('close', () => resolve(parse(Buffer.concat(parts))));
  });
}

function parse(bytes) {
  const answers = [];
  for (let rest = bytes.toString('latin1'); rest.startsWith('HTTP/1.1 '); ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const [first, ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const length = Number(headers['content-length'] ?? 0);
    answers.push({ status: Number(first.split(' ')[1]), headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
