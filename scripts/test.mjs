// `npm test`: runs all tests.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { python } from '../tooling/python.mjs';
import { fail, local, root, run, say } from '../tooling/run.mjs';
import { build } from './build.mjs';

await build();
const interpreter = python('tests/requirements.txt', 'python');
if (!interpreter) {
  const missing = 'Python 3 with venv and pip is missing (on Debian: apt-get install python3-venv)';
  if (process.env.CI) fail(missing);
  say(`${missing}: the tests that verify tokens with Python libraries are skipped`);
}

say('running the native tests');
if (!run('cargo', ['test', '--workspace', '--quiet'])) fail('a native test failed: see above');

say('building the command line');
if (!run('cargo', ['build', '--quiet', '--package', 'edge-login-cli'])) fail('the command line could not be built: see above');

say('running the tests in workerd');
const files = readdirSync(join(root, 'tests')).filter((name) => name.endsWith('.test.mjs')).map((name) => join('tests', name));
const env = { ...local, WRANGLER_LOG: 'error', ...(interpreter && { EDGE_LOGIN_PYTHON: interpreter }) };
if (!run('node', ['--test', '--test-force-exit', '--test-timeout=600000', ...files], { env })) fail('a test in workerd failed: see above');
