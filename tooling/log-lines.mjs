// The log lines that docs/log-lines.schema.json does not describe.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { root } from './root.mjs';

const schema = JSON.parse(readFileSync(join(root, 'docs/log-lines.schema.json'), 'utf8'));
const isDescribed = new Ajv().compile(schema);

/** Lines that are no JSON are the runtime's own, such as the message of a panic. */
export function undocumented(logs) {
  return logs.filter(({ message }) => message.startsWith('{') && !isDescribed(JSON.parse(message)));
}
