#!/usr/bin/env node
// The program `edge-login` of the npm package. It serves and deploys the Worker. All other commands are those of
// the command line, whose program comes in a package of its own for each platform.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deploy } from './tooling/deploy.mjs';
import { prepare, script, serveLocally } from './tooling/local.mjs';
import { ended, fail, say } from './tooling/run.mjs';
import { news } from './news.mjs';
import { verify } from './verify.mjs';

const HELP = `The project's own commands:
  start      Migrate the local database, make a demo user, and serve on this machine
  demo-user  Give the local demo user a new password
  deploy     Deploy the Worker and migrate its database; arguments go to \`wrangler deploy\`
  verify     Compare the installed packages with their manifests
`;

const platform = `${process.platform}-${process.arch}`;
const WITHOUT = `there may be none for ${platform}, or npm left out optional packages`;
const [command, ...args] = process.argv.slice(2);
process.exitCode = await called();

/** Gives the exit code. */
async function called() {
  switch (command) {
    case 'start':
      news();
      return serveLocally(await prepare(args));
    case 'demo-user':
      return script('demo-user') ? 0 : 1;
    case 'deploy':
      news();
      return deploy(args) ? 0 : 1;
    case 'verify': {
      const installed = program();
      const asPacked = verify([fileURLToPath(new URL('.', import.meta.url)), ...(installed ? [dirname(installed)] : [])]);
      if (!installed) say(`edge-login-cli-${platform} is missing: ${WITHOUT}`);
      return installed && asPacked ? 0 : 1;
    }
    case undefined:
    case '-h':
    case '--help':
    case 'help':
      if (args.length === 0) console.log(HELP);
      return commandLine();
    default:
      return commandLine();
  }
}

function commandLine() {
  const found = program() ?? fail(`the command line is not installed: ${WITHOUT}`);
  return ended(found, process.argv.slice(2), { cwd: process.cwd(), stdio: 'inherit' }).status ?? 1;
}

/** The path of the command line's program, unless it isn't installed. */
function program() {
  try {
    return createRequire(import.meta.url).resolve(`edge-login-cli-${platform}/edge-login`);
  } catch {
    return undefined;
  }
}
