/**
 * The error that bad input gets, exit code 2.
 *
 * @param {string} message what was expected, what came, what to do next
 */
export function invalid(message) {
  return named('RequestInvalid', message);
}

/**
 * An error of a kind that src/common/error-names.json knows.
 *
 * @param {string} name
 * @param {string} message
 */
export function named(name, message) {
  return Object.assign(new Error(message), { name });
}
