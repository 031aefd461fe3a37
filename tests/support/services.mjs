// Builds the programs in Rust and in Go that the documents show.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment, output, root, target } from '../../tooling/run.mjs';

const LIBRARY = '/usr/share/gocode/src/github.com/golang-jwt/jwt';

/** Why programs in Go are not built, or false. */
export const withoutGo = !(output('go', ['version']) && existsSync(LIBRARY))
  && 'there is no Go (on Debian: apt-get install golang-go golang-github-golang-jwt-jwt-dev)';

/** Builds `axum`, or `introspect`, from what a document shows. Gives the program's path. */
export async function inRust(name, shown) {
  const env = { ...environment, CARGO_TARGET_DIR: target };
  await build('shown.rs', shown, 'cargo', ['build', '--quiet', '--locked', '--bin', name], env);
  return join(target, 'debug', name);
}

/** Builds a program in Go from what a document shows, and from `files` of tests/services. Gives the program's path. */
export async function inGo(name, shown, files = []) {
  const program = join(target, `go-${name}`);
  const env = { ...environment, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOCACHE: join(target, 'go') };
  // Debian has version 4 of the library. What is used of it is the same in version 5.
  await build('shown.go', shown.replace('golang-jwt/jwt/v5', 'golang-jwt/jwt/v4'), 'go', ['build', '-o', program, 'shown.go', ...files], env);
  return program;
}

/** Meanwhile this process goes on: a connection that a server closes in that time is not used again. */
async function build(file, shown, command, args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
  cpSync(join(root, 'tests/services'), folder, { recursive: true });
  writeFileSync(join(folder, file), shown);
  try {
    await promisify(execFile)(command, args, { cwd: folder, env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
