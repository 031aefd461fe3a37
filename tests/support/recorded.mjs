// What other applications and libraries were recorded to answer and to store.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tooling/run.mjs';

const text = (name) => readFileSync(join(root, 'tests/conformance', name), 'utf8');

/** The lines of a file of recorded data. */
export const recorded = (name) => text(name).trim().split('\n').map((line) => JSON.parse(line));
/** The status of each recorded request that is answered otherwise on purpose: see docs/decisions/0002-forms.md. */
export const otherwise = JSON.parse(text('otherwise.json'));
/** Users whose password PASSWORD is for `alice` and `carol`. */
export const recordedUsers = JSON.parse(text('users.json'));
export const PASSWORD = 'correct horse battery staple';
