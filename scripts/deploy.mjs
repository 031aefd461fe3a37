// `npm run deploy`: builds the Worker and runs `wrangler deploy` with the arguments after `--`.
import { build } from './build.mjs';
import { run } from '../tooling/run.mjs';

await build();
process.exitCode = run('wrangler', ['deploy', ...process.argv.slice(2)], { stdio: 'inherit' }) ? 0 : 1;
