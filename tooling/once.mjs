// Installing what a list names, once for each version of that list.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** True if what `list` names is in the folder `place`, or `install` has just put it there. */
export function once(list, place, install) {
  const stamp = join(place, '.edge-login');
  const wanted = createHash('sha256').update(readFileSync(list)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  if (!install()) return false;
  writeFileSync(stamp, wanted);
  return true;
}
