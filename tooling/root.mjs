// Where the project and the built Worker are. The npm package has a file of its own in this place:
// packages/edge-login/root.mjs.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const built = join(root, 'build');
