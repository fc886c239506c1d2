import { nameMissingPart } from '../errors';

/** A part of the worker that is fetched when it is first needed; `NetworkFailed` where it cannot be. */
export async function importPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw nameMissingPart(cause);
  }
}
