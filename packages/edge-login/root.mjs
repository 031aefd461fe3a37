// The project that the package is installed in: the folder of the nearest wrangler.toml, from the working folder
// upwards. The built Worker is in the package.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = process.cwd();

export const root = nearest(here) ?? here;
export const built = fileURLToPath(new URL('../worker', import.meta.url));

function nearest(folder) {
  if (existsSync(join(folder, 'wrangler.toml'))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : nearest(above);
}
