// Better Auth's part of record-hashes.py: passwords and those like them come in, what it makes of them goes out.
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { readFileSync } from 'node:fs';

const cases = JSON.parse(readFileSync(0, 'utf8')).map(async ([secret, alike]) => {
  const hash = await hashPassword(secret);
  const verdicts = await Promise.all(alike.map(async (password) => [password, await verifyPassword({ hash, password })]));
  return { library: 'better-auth', format: 'better_auth_scrypt', hash, verdicts: Object.fromEntries(verdicts) };
});
console.log(JSON.stringify(await Promise.all(cases)));
