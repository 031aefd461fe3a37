#!/usr/bin/env node
// The program `edge-login` of the npm package. It serves and deploys the Worker. All other commands are those of
// the command line, whose program comes in a package of its own for each platform.
import { createRequire } from 'node:module';
import { demoUser, serveLocally } from './tooling/local.mjs';
import { ended, fail } from './tooling/run.mjs';
import { deploy } from './deploy.mjs';
import { news } from './news.mjs';

const HELP = `The project's own commands:
  start      Migrate the local database, make a demo user, and serve on this machine
  demo-user  Give the local demo user a new password
  deploy     Deploy the Worker and migrate its database; arguments go to \`wrangler deploy\`
`;

const [command, ...args] = process.argv.slice(2);
process.exitCode = await called();

/** Gives the exit code. */
async function called() {
  switch (command) {
    case 'start':
      news();
      return serveLocally();
    case 'demo-user':
      return demoUser() ? 0 : 1;
    case 'deploy':
      news();
      return deploy(args) ? 0 : 1;
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
  const platform = `${process.platform}-${process.arch}`;
  const { status } = ended(program(platform), process.argv.slice(2), { cwd: process.cwd(), stdio: 'inherit' });
  return status ?? 1;
}

function program(platform) {
  try {
    return createRequire(import.meta.url).resolve(`edge-login-cli-${platform}/edge-login`);
  } catch {
    return fail(`the command line is not installed: there may be none for ${platform}, or npm left out optional packages`);
  }
}
