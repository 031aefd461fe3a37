// Builds the programs in Rust and in Go that the documents show.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, ended, output, root, target } from '../../tooling/run.mjs';

const LIBRARY = '/usr/share/gocode/src/github.com/golang-jwt/jwt';

/** Why programs in Go are not built, or false. */
export const withoutGo = !(output('go', ['version']) && existsSync(LIBRARY))
  && 'there is no Go (on Debian: apt-get install golang-go golang-github-golang-jwt-jwt-dev)';

/** Builds `axum`, or `introspect`, from what a document shows. Gives the program's path. */
export function inRust(name, shown) {
  return built('shown.rs', shown, (folder) => {
    const env = { ...environment, CARGO_TARGET_DIR: target };
    return { ...ended('cargo', ['build', '--quiet', '--locked', '--bin', name], { cwd: folder, env }), program: join(target, 'debug', name) };
  });
}

/** Builds a program in Go from what a document shows, and from `files` of tests/services. Gives the program's path. */
export function inGo(name, shown, files = []) {
  // Debian has version 4 of the library. What is used of it is the same in version 5.
  return built('shown.go', shown.replace('golang-jwt/jwt/v5', 'golang-jwt/jwt/v4'), (folder) => {
    const program = join(target, `go-${name}`);
    const env = { ...environment, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOCACHE: join(target, 'go') };
    return { ...ended('go', ['build', '-o', program, 'shown.go', ...files], { cwd: folder, env }), program };
  });
}

function built(file, shown, build) {
  const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
  cpSync(join(root, 'tests/services'), folder, { recursive: true });
  writeFileSync(join(folder, file), shown);
  const { status, stderr, program } = build(folder);
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  return program;
}
