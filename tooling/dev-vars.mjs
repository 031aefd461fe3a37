// What wrangler makes of .dev.vars without saying so.

/** The names of the variables whose value wrangler cuts off: one without quotes ends at its first `#`. */
export function cutOff(text) {
  const unquoted = text.replace(/=[ \t]*(["'`])[^]*?\1/g, '=');
  // A `#` after a space begins a comment, and is meant to.
  return [...unquoted.matchAll(/^\s*(?:export\s+)?([\w.-]+)\s*=(?:[^#\n]*[^\s#])?#/gm)].map(([, name]) => name);
}
