import { openDB, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from 'idb';
import { appError } from '../errors';

/** What an opened database does besides. */
interface Options<T extends DBSchema> {
  upgrade: NonNullable<OpenDBCallbacks<T>['upgrade']>;
  /** Told once the connection is gone: another tab wants to change or delete the database, or the browser took it. */
  onClosed?: () => void;
}

/**
 * Opens a database that every tab of this site may open. It never waits for another tab: one that holds an older version
 * and does not let go is `StorageDenied`, and so is a database that a newer version of the app has written. This tab
 * stands in nobody's way either. `what` names what is kept there, "The stored images". Other failures are the platform's.
 */
export function openDatabase<T extends DBSchema>(
  name: string,
  version: number,
  what: string,
  { upgrade, onClosed = () => undefined }: Options<T>,
): Promise<IDBPDatabase<T>> {
  return new Promise((resolve, reject) => {
    let given = false;
    const opening = openDB<T>(name, version, {
      upgrade,
      blocked() {
        given = true;
        reject(heldElsewhere(what));
      },
      blocking(_current, _blocked, event) {
        onClosed();
        (event.target as IDBDatabase).close();
      },
      terminated: onClosed,
    });
    opening.then(
      (db) => (given ? db.close() : resolve(db)), // too late: nobody waits for it
      (error: Error) => reject(error.name === 'VersionError' ? ofNewerApp(what, error) : error),
    );
  });
}

function heldElsewhere(what: string) {
  return appError(
    'StorageDenied',
    `${what} cannot be opened: another tab with an older version of this app holds them and does not let go (expected it ` +
      'to close). Close the other tabs of this site, then reload.',
  );
}

function ofNewerApp(what: string, cause: Error) {
  return appError(
    'StorageDenied',
    `${what} were written by a newer version of this app (expected this version's). Reload the page, in every tab of this ` +
      'site; nothing of them is lost.',
    cause,
  );
}
