// `npm run deploy`: builds the Worker, checks what it can, migrates the database, and runs `wrangler deploy` with the
// arguments after `--`.
import { deploy } from '../tooling/deploy.mjs';
import { build } from './build.mjs';

await build();
process.exitCode = deploy(process.argv.slice(2)) ? 0 : 1;
