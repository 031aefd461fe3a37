// `npm start`: does everything from a clean clone to a Worker that serves on this machine.
import { serveLocally } from '../tooling/local.mjs';
import { build } from './build.mjs';

await build();
process.exitCode = await serveLocally();
