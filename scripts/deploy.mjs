// `npm run deploy`: builds and hands over to `wrangler deploy`, with whatever follows `--`.
import { build } from './build.mjs';
import { run } from '../tooling/run.mjs';

await build();
process.exitCode = run('wrangler', ['deploy', ...process.argv.slice(2)], { stdio: 'inherit' }) ? 0 : 1;
