// What a hash takes, by the text of its cost.
/** `Cost::work`. */
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
