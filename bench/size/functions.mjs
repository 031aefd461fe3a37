// Which functions a WebAssembly module has, and how large they are. Reads as much of the binary format
// as that takes: https://webassembly.github.io/spec/core/binary/modules.html
import { readFileSync } from 'node:fs';

const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const FUNCTION_NAMES = 1;
const FUNCTION = 0;
const TAG = 4;

/** Pairs of name and bytes. */
export function functions(path) {
  const sections = [...each(readFileSync(path).subarray(8))];
  const imported = sections.filter(({ id }) => id === IMPORT).flatMap(({ bytes }) => imports(bytes)).filter((kind) => kind === FUNCTION).length;
  const names = sections.filter(({ id }) => id === CUSTOM).map(({ bytes }) => named(bytes)).find(Boolean);
  const code = reader(sections.find(({ id }) => id === CODE).bytes);
  return Array.from({ length: code.number() }, (_, index) => [names?.get(index + imported) ?? 'unnamed', code.sized().length]);
}

function* each(bytes) {
  const from = reader(bytes);
  while (!from.done()) yield { id: from.byte(), bytes: from.sized() };
}

/** The kinds of what is imported. */
function imports(bytes) {
  const from = reader(bytes);
  return Array.from({ length: from.number() }, () => {
    from.sized();
    from.sized();
    const kind = from.byte();
    // A function has a type; a tag, of an exception, an attribute before it. wasm-bindgen imports nothing else.
    if (kind === TAG) from.byte();
    else if (kind !== FUNCTION) throw new Error(`an import of the kind ${kind} can't be read`);
    from.number();
    return kind;
  });
}

function named(bytes) {
  const from = reader(bytes);
  if (from.sized().toString() !== 'name') return undefined;
  const { bytes: names } = [...each(from.rest())].find(({ id }) => id === FUNCTION_NAMES);
  const list = reader(names);
  return new Map(Array.from({ length: list.number() }, () => [list.number(), list.sized().toString()]));
}

function reader(bytes) {
  let at = 0;
  const byte = () => bytes[at++];
  /** LEB128. */
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const part = byte();
      value += (part % 128) * scale;
      if (part < 128) return value;
    }
  };
  const sized = () => {
    const length = number();
    at += length;
    return bytes.subarray(at - length, at);
  };
  return { byte, number, sized, rest: () => bytes.subarray(at), done: () => at >= bytes.length };
}
