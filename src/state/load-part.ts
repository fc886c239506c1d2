import { appError } from '../errors';

/**
 * A part of the app that is fetched when it is needed. A page that is older than the last deployment asks for files that
 * are gone: the browser's own words for that mean nothing to anybody.
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw appError(
      'NetworkFailed',
      'This part of the app could not be fetched: the connection is gone, or there is a newer version of the app (expected ' +
        'the files that this page was made of). Reload the page; what is stored stays.',
      cause,
    );
  }
}
