// Asks the built Worker whether the variables for local work are right, so that `npm start` says what is
// wrong with them, and not the first request. npm runs it with Node 24, which is one of the packages.
import { fail, local } from '../tooling/run.mjs';

// wrangler reads these when it is imported.
Object.assign(process.env, { WRANGLER_LOG: 'error', ...local });
const { localVariables, startWorkerd } = await import('../tooling/workerd.mjs');

const lines = [];
// The tests' defaults are left out.
const vars = { SECRET_KEY: null, CLIENT_IP_HEADER: null, ...localVariables() };
const { mf, url } = await startWorkerd({ vars, handleStructuredLogs: ({ message }) => lines.push(message) });
const { failed } = await (await fetch(new URL('/health', url))).json();
// Its store is empty here, and so it may fail.
if (failed === 'configuration') {
  const [line] = lines.filter((line) => line.includes('"event":"configuration"'));
  fail(line ? JSON.parse(line).error : 'the configuration is wrong: see docs/CONFIGURE.md');
}
await mf.dispose();
