// Where the project is. The npm package has a file of its own in this place: packages/edge-login/root.mjs.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
