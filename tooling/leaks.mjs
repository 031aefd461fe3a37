// No log may hold what a test sent or stored, or anything that looks like a token or a hash.
const SHAPES = [/eyJ[\w-]+\.[\w-]+/, /\$(argon2|2[aby]\$|scrypt|pbkdf2)/, /secretsecretsecret/];

export function leaks(logs, secrets) {
  // As it is, and as it would stand in JSON.
  const told = [...secrets].flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return logs.filter(({ message }) => told.some((secret) => message.includes(secret)) || SHAPES.some((shape) => shape.test(message)));
}
