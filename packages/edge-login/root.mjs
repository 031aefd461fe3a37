// The project that the package is installed in: the folder of the nearest wrangler.toml, from the working folder upwards.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = process.cwd();

export const root = nearest(here) ?? here;

function nearest(folder) {
  if (existsSync(join(folder, 'wrangler.toml'))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : nearest(above);
}
