// `npm start`: does everything from a clean clone to a Worker that serves on this machine.
import { prepare, serveLocally } from '../tooling/local.mjs';
import { build } from './build.mjs';

const port = await prepare(process.argv.slice(2));
await build();
process.exitCode = await serveLocally(port);
