import { appError } from '../src/errors';

/** A part of the worker that is fetched when it is first needed; `NetworkFailed` where it cannot be. */
export async function importPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw appError(
      'NetworkFailed',
      'The part of this app that runs models could not be fetched from its server ' +
        `(${(cause as Error).message}). Check the connection and try again, or reload the page.`,
      cause,
    );
  }
}
