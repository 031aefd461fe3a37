// `npm test`: every test there is.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { fail, local, root, run, say } from './run.mjs';
import { python } from './setup/python.mjs';

await build();
const interpreter = python();

say('running the native tests');
if (!run('cargo', ['test', '--workspace', '--quiet'])) fail('a native test failed: see above');

say('building the command line');
if (!run('cargo', ['build', '--quiet', '--package', 'edge-login-cli'])) fail('the command line could not be built: see above');

say('running the tests in workerd');
const files = readdirSync(join(root, 'tests')).filter((name) => name.endsWith('.test.mjs')).map((name) => join('tests', name));
const env = { ...local, WRANGLER_LOG: 'error', ...(interpreter && { EDGE_LOGIN_PYTHON: interpreter }) };
if (!run('node', ['--test', '--test-force-exit', '--test-timeout=300000', ...files], { env })) fail('a test in workerd failed: see above');
