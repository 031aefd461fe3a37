// What other applications and libraries were recorded to answer and to store.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tooling/run.mjs';

const text = (name) => readFileSync(join(root, 'tests/conformance', name), 'utf8');

/** The lines of a file of recorded data. */
export const recorded = (name) => text(name).trim().split('\n').map((line) => JSON.parse(line));
/** Users whose password PASSWORD is for `alice` and `carol`. */
export const recordedUsers = JSON.parse(text('users.json'));
export const PASSWORD = 'correct horse battery staple';
