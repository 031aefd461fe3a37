// Installs what a list names, once for each version of the list.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Calls `install` if the folder `place` does not have what the file `list` names. True if it has it in the end. */
export function once(list, place, install) {
  const stamp = join(place, '.edge-login');
  const wanted = createHash('sha256').update(readFileSync(list)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  if (!install()) return false;
  writeFileSync(stamp, wanted);
  return true;
}
