// The npm packages as somebody uses them who has Node, but neither Rust nor git.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { unstable_readConfig } from 'wrangler';
import { pack, version } from '../scripts/package.mjs';
import { freePort } from '../tooling/port.mjs';
import { ended, local, root, target } from '../tooling/run.mjs';
import { bareMachine } from './support/bare.mjs';
import { recordedUsers, PASSWORD } from './support/recorded.mjs';
import { serving } from './support/serving.mjs';

const platform = `${process.platform}-${process.arch}`;

describe('the npm packages', { timeout: 580_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
  const packages = join(folder, 'packages');
  const project = join(folder, 'my-login');
  let env;
  before(async () => {
    pack({ [platform]: join(target, 'debug', 'edge-login') }, packages);
    env = { ...bareMachine(join(folder, 'machine')), EDGE_LOGIN_PACKAGES: packages, PORT: String(await freePort()) };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('make a project that serves, with the command line', async (test) => {
    for (const name of ['cargo', 'rustc', 'git']) assert.notEqual(ended(name, ['--version'], { env }).error, undefined, name);
    const started = Date.now();
    const packed = join(packages, `create-edge-login-${version()}.tgz`);
    succeeds('npm', ['exec', '--yes', '--prefer-offline', `--package=${packed}`, '--', 'create-edge-login', 'my-login'], folder);
    assert.equal(statSync(join(project, '.dev.vars')).mode & 0o777, 0o600);
    const secret = readFileSync(join(project, '.dev.vars'), 'utf8').match(/^SECRET_KEY=([0-9a-f]{64})\n$/)[1];

    const printed = await serving('npm', ['start'], { cwd: project, env }, async (printed) => {
      const credentials = printed.match(/-d username=(\S+) -d password=(\S+) /).slice(1);
      assert.equal((await login(...credentials)).status, 200);
      for (const path of ['docs', 'docs/swagger-ui.css', 'openapi.json']) assert.equal((await fetch(`http://localhost:${env.PORT}/${path}`)).status, 200, path);
      test.diagnostic(`from an empty folder to the first token: ${((Date.now() - started) / 1000).toFixed(1)} s`);
      assert.equal((await login(credentials[0], 'a wrong password')).status, 401);

      const [{ username, password_hash }] = recordedUsers;
      writeFileSync(join(project, 'users.csv'), `username,password_hash,disabled\n${username},"${password_hash}",false\n`);
      edgeLogin('user', 'import', 'users.csv');
      assert.equal((await login(username, PASSWORD)).status, 200);
    });
    assert.ok(!printed.includes(secret));
    assert.equal(edgeLogin('--version').trim(), `edge-login ${version()}`);
    const { status } = ended('npx', ['edge-login', 'user', 'import', 'missing.csv'], { cwd: project, env });
    assert.equal(status, 1, 'the exit code is that of the command line');
  });

  it('deploy, and say what changed after an update', () => {
    const last = join(project, '.wrangler', 'edge-login', 'version');
    assert.equal(readFileSync(last, 'utf8'), version());
    writeFileSync(last, '0.0.1');
    const deploy = () => succeeds('npm', ['run', 'deploy', '--', '--dry-run', '--outdir', 'out'], project);
    const printed = deploy();
    assert.match(printed, new RegExp(`updated from 0\\.0\\.1 to ${version()}\n\n## `));
    for (const binding of ['env.GUARD (Guard)', 'env.HOME (Home)', 'env.UPGRADES (Upgrades)', 'env.DB', 'env.USERS', 'env.NETWORK_RATE']) assert.ok(printed.includes(binding), binding);
    assert.doesNotMatch(deploy(), /updated from/);
  });

  it('migrate the deployed database before the Worker is newer, except when the first deployment creates it', () => {
    const stub = join(folder, 'stub');
    const programs = join(stub, 'node_modules/.bin');
    mkdirSync(programs, { recursive: true });
    cpSync(join(root, 'template/wrangler.toml'), join(stub, 'wrangler.toml'));
    symlinkSync(join(project, 'node_modules/.bin/node'), join(programs, 'node'));
    writeFileSync(join(programs, 'wrangler'), '#!/bin/sh\necho "$*" >> calls\ncase "$*" in "secret list"*) exit 1;; *list*) exit $MISSING;; esac\n', { mode: 0o755 });
    const calls = (missing) => {
      rmSync(join(stub, 'calls'), { force: true });
      succeeds('node', [join(project, 'node_modules/edge-login/edge-login.mjs'), 'deploy', '--keep-vars'], stub, { ...env, MISSING: missing });
      return readFileSync(join(stub, 'calls'), 'utf8').trim().split('\n').slice(2);
    };
    const [worker, migrations] = ['deploy --keep-vars', 'd1 migrations apply DB --remote'];
    assert.deepEqual(calls('0'), [migrations, worker]);
    assert.deepEqual(calls('1'), [worker, migrations]);
  });

  it('know their own files, and what they are built from', () => {
    const verify = () => ended('npx', ['edge-login', 'verify'], { cwd: project, env });
    const { status, stdout } = verify();
    assert.equal(status, 0, stdout);
    assert.match(stdout, /edge-login-cli-.* files are as packed/);
    const installed = join(project, 'node_modules/edge-login');
    const { files, rustc } = JSON.parse(readFileSync(join(installed, 'manifest.json'), 'utf8'));
    assert.match(rustc, /^rustc 1\./);
    assert.ok(files['worker/index_bg.wasm']);
    const { components } = JSON.parse(readFileSync(join(installed, 'sbom.cdx.json'), 'utf8'));
    for (const name of ['worker', 'sha2', 'passwords']) assert.equal(components.filter((component) => component.name === name).length, 1, name);
    for (const { name, hashes } of components) assert.equal(hashes === undefined, existsSync(join(root, 'crates', name)), name);
    assert.ok(!components.some(({ name }) => name === 'proptest'), 'only tests use it');

    const module = join(installed, 'worker/index_bg.wasm');
    const original = readFileSync(module);
    const program = join(project, `node_modules/edge-login-cli-${platform}/edge-login`);
    const changes = {
      'was changed': () => writeFileSync(module, 'x'),
      'index_bg.wasm is missing': () => rmSync(module),
      'extra.js was added': () => writeFileSync(join(installed, 'worker/extra.js'), ''),
      'edge-login: node_modules was added': () => mkdirSync(join(installed, 'node_modules/wrangler'), { recursive: true }),
      [`edge-login-cli-${platform} is missing`]: () => renameSync(program, `${program}.moved`),
    };
    for (const [what, change] of Object.entries(changes)) {
      change();
      const { status, stdout } = verify();
      assert.equal(status, 1, what);
      assert.match(stdout, new RegExp(what));
      rmSync(join(installed, 'worker/extra.js'), { force: true });
      rmSync(join(installed, 'node_modules/wrangler'), { recursive: true, force: true });
      writeFileSync(module, original);
    }
    renameSync(`${program}.moved`, program);
    assert.equal(verify().status, 0, 'an empty node_modules is none');
  });

  it('stand in a Worker of one\'s own: under a path, and behind a service binding', async () => {
    const own = join(project, 'own');
    cpSync(join(root, 'tests/support/own'), own, { recursive: true });
    cpSync(join(project, '.dev.vars'), join(own, '.dev.vars'));
    const config = readFileSync(join(project, 'wrangler.toml'), 'utf8')
      .replace(/^name = .*$/m, 'name = "own"')
      .replace(/^main = .*$/m, 'main = "src/index.ts"\nassets = { directory = "public" }')
      .replace(/^\[assets\]\n(.+\n)*/m, '')
      .replace('node_modules', '../node_modules');
    writeFileSync(join(own, 'wrangler.toml'), `${config}\n[[services]]\nbinding = "LOGIN"\nservice = "my-login"\n`);

    succeeds('npx', ['wrangler', 'types', '--include-env=false'], own);
    succeeds(join(root, 'node_modules/.bin/tsc'), ['-p', own], own, local);
    const uploaded = succeeds('npx', ['wrangler', 'deploy', '--dry-run'], own);
    for (const binding of ['env.GUARD (Guard)', 'env.LOGIN (my-login)']) assert.ok(uploaded.includes(binding), binding);

    const dev = ['wrangler', 'dev', '--port', env.PORT, '--config', 'own/wrangler.toml', '--config', 'wrangler.toml', '--persist-to', '.wrangler/state'];
    const [{ username }] = recordedUsers;
    await serving('npx', dev, { cwd: project, env }, async () => {
      for (const path of ['/auth', '/bound']) {
        assert.equal((await login(username, PASSWORD, path)).status, 200, path);
        assert.equal((await login(username, 'a wrong password', path)).status, 401, path);
      }
      // Whether a token is good is asked in the same way.
      const { access_token: token } = await (await login(username, PASSWORD, '/auth')).json();
      for (const [authorization, status] of [[`Bearer ${token}`, 200], [`Bearer ${token}x`, 401]]) {
        const me = await fetch(`http://localhost:${env.PORT}/bound/api/user/me`, { headers: { connection: 'close', authorization } });
        assert.equal(me.status, status);
      }
      assert.equal(await (await fetch(`http://localhost:${env.PORT}/other`)).text(), 'not the login');
      assert.equal(await (await fetch(`http://localhost:${env.PORT}/asset.txt`)).text(), 'an asset\n');
    });
  });

  it('deploy what the button copies', () => {
    const copy = join(folder, 'template');
    cpSync(join(root, 'template'), copy, { recursive: true });
    // The build image of the button has the Node that wrangler needs.
    const image = { ...env, PATH: [dirname(process.execPath), env.PATH].join(delimiter) };
    const packed = ['edge-login', `edge-login-cli-${platform}`].map((name) => join(packages, `${name}-${version()}.tgz`));
    succeeds('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packed], copy, image);
    const printed = succeeds('npm', ['run', 'deploy', '--', '--dry-run'], copy, image);
    for (const binding of ['env.GUARD (Guard)', 'env.HOME (Home)', 'env.UPGRADES (Upgrades)', 'env.DB (edge-login)', 'env.USERS', 'env.NETWORK_RATE']) assert.ok(printed.includes(binding), binding);
  });

  // A connection that is kept may be closed unnoticed while a command runs to its end.
  const login = (username, password, under = '') => fetch(`http://localhost:${env.PORT}${under}/api/user/login`, {
    method: 'POST', headers: { connection: 'close' }, body: new URLSearchParams({ username, password }),
  });
  const edgeLogin = (...args) => succeeds('npx', ['edge-login', ...args], project);

  function succeeds(command, args, cwd, environment = env) {
    const { status, stdout, stderr } = ended(command, args, { cwd, env: environment });
    assert.equal(status, 0, `${command} ${args.join(' ')}:\n${stdout}${stderr}`);
    return stdout;
  }
});

describe('the template', () => {
  const template = join(root, 'template');

  it('is configured like the clone, but for where things are', () => {
    const settings = (config) => {
      const { assets: { directory, ...assets }, d1_databases: [{ database_id, migrations_dir, ...database }], kv_namespaces: [{ id, ...namespace }], ...all } = unstable_readConfig({ config });
      for (const name of ['name', 'topLevelName', 'main', 'build', 'configPath', 'userConfigPath', 'd1_databases', 'kv_namespaces', 'definedEnvironments']) delete all[name];
      return { ...all, assets, database, namespace };
    };
    assert.deepEqual(settings(join(template, 'wrangler.toml')), settings(join(root, 'wrangler.toml')));
    const variables = (folder) => readFileSync(join(folder, 'wrangler.toml'), 'utf8').match(/^# [A-Z_]+ = .*$/gm);
    assert.deepEqual(variables(template), variables(root));
  });

  it('takes this version, and the wrangler that it is tested with', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(template, 'package.json'), 'utf8'));
    const clone = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(dependencies['edge-login'], `^${version()}`);
    assert.equal(devDependencies.wrangler, clone.devDependencies.wrangler);
  });

  it('asks for the secret, and describes every binding', () => {
    const { cloudflare: { bindings } } = JSON.parse(readFileSync(join(template, 'package.json'), 'utf8'));
    const config = unstable_readConfig({ config: join(template, 'wrangler.toml') });
    const bound = ['d1_databases', 'kv_namespaces'].flatMap((kind) => config[kind].map(({ binding }) => binding));
    const named = [...config.durable_objects.bindings, ...config.ratelimits].map(({ name }) => name);
    assert.deepEqual(Object.keys(bindings).sort(), ['SECRET_KEY', ...bound, ...named].sort());
    for (const { description } of Object.values(bindings)) assert.ok(description);
    assert.match(readFileSync(join(template, '.dev.vars.example'), 'utf8'), /^SECRET_KEY=/m);
  });

  it('has types that name every variable', () => {
    const table = readFileSync(join(root, 'docs/CONFIGURE.md'), 'utf8').match(/^\| `[A-Z].*$/gm).map((row) => row.split('|')[1]);
    const documented = table.flatMap((cell) => cell.match(/[A-Z_]+/g));
    const typed = readFileSync(join(root, 'packages/edge-login/index.d.ts'), 'utf8').match(/^ {2}[A-Z_]+(?=\??: string)/gm).map((name) => name.trim());
    assert.deepEqual(typed.sort(), documented.sort());
  });
});
