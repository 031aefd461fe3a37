// How much work a hash is, by the text of its cost.
/** The same as `Cost::work` in crates/passwords/src/cost.rs. */
export function work(cost) {
  const [name, ...parameters] = cost.split('-');
  const numbers = parameters.length ? parameters.map((text) => Number(text.replace(/^[a-z]+/, ''))) : [19456, 2, 1];
  switch (name) {
    case 'argon2id':
      return numbers[0] * numbers[1];
    case 'bcrypt':
      return 2 ** numbers[0];
    case 'scrypt':
      return 2 ** numbers[0] * numbers[1] * numbers[2];
    default:
      return numbers.at(-1);
  }
}
