// A FastAPI application moves here by the commands of docs/USERS.md, and its services check the new tokens
// with the code that they have.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startProject } from '../tooling/project.mjs';
import { ended, root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const python = process.env.EDGE_LOGIN_PYTHON;
const DISABLED = [7, 14, 21, 28, 35];
const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
const section = readFileSync(join(root, 'docs/USERS.md'), 'utf8').split('### From FastAPI\n')[1].split('\n### ')[0];
const [ofTheTutorial, ofFastapiUsers] = section.match(/(?<=^sqlite3 .*")SELECT[^"]+(?=")/gm);

const applications = [
  ["the tutorial's application", ofTheTutorial, {}, (number) => `user${number}`],
  ['an application with fastapi-users', ofFastapiUsers, { AUDIENCE: 'fastapi-users:auth' }, (number) => `user${number}@example.com`],
];
for (const [name, select, vars, username] of applications) {
  describe(`the users of ${name}`, { skip: python ? false : 'there is no Python 3 with pip', timeout: 250_000 }, () => {
    const SECRET_KEY = randomBytes(32).toString('hex');
    const tokens = new Map();
    let project;
    let worker;
    let database;
    before(() => {
      project = startProject();
      database = join(project.folder, 'app.db');
      application('make', [], JSON.stringify({ hash: recordedUsers[0].password_hash, disabled: DISABLED }));
    });
    after(async () => {
      await worker?.stop();
      project.remove();
    });

    it('are exported and imported, and nobody is asked for anything', () => {
      writeFileSync(join(project.folder, 'users.csv'), application('export', [select]));
      const { added, rejected, warnings } = project.edgeLogin(['user', 'import', 'users.csv']);
      assert.deepEqual({ added, rejected, warnings }, { added: 50, rejected: 0, warnings: [] });
    });

    it('log in with their passwords, and the disabled ones do not', async () => {
      worker = await startWorker({ vars: { SECRET_KEY, ...vars }, persist: project.persist });
      for (const number of numbers) {
        const answer = await worker.login(username(number), PASSWORD);
        assert.equal(answer.status, DISABLED.includes(number) ? 401 : 200, username(number));
        if (answer.ok) tokens.set(number, (await answer.json()).access_token);
      }
    });

    if (select === ofTheTutorial) it('are known to the application by their tokens', () => {
      const known = application('check', [SECRET_KEY], [...tokens.values()].join('\n')).trim().split('\n');
      assert.deepEqual(known, [...tokens.keys()].map(username));
      assert.equal(application('check', [`${SECRET_KEY}x`], tokens.get(1)), 'refused\n');
    });
    else it('are known to fastapi-users by their ids', () => {
      const { stdout, stderr } = ended(python, ['tests/support/applications.py', 'fastapi-users', tokens.get(42), SECRET_KEY, '0']);
      assert.equal(stdout, '42\n', stderr);
    });

    function application(command, args, input) {
      const { status, stdout, stderr } = ended(python, ['tests/support/fastapi_app.py', command, database, ...args], { input });
      assert.equal(status, 0, stderr);
      return stdout;
    }
  });
}
