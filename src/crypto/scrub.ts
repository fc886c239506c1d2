import { deleteDB, openDB } from 'idb';

/** One deletion now and then rewrites nothing (see below); in 300 trials two were enough each time. */
const MARKERS = [1, 2, 3];
const PAUSE_MS = 50;

/**
 * Runs work that deletes records, so that their bytes leave the disk, too. Chromium keeps deleted records in its
 * files (LevelDB) until it rewrites them, and rewrites a range of keys when a database is deleted. So: markers are put
 * behind all records, a first deletion moves everything from the log into files, the work deletes, and the
 * deletion of a marker has those files rewritten. LevelDB forgets to empty its log first where another write comes at
 * the same moment (5 of 150 times), and then finds nothing to rewrite: hence several markers and a pause between them.
 * Observed in Chromium: after the next start of the browser nothing is left (an end-to-end test looks). Elsewhere it
 * does no harm.
 */
export async function scrubbing(name: string, work: () => Promise<void>): Promise<void> {
  const flush = `${name}-flush`;
  try {
    for (const marker of markersOf(name)) await create(marker);
    await create(flush);
    await deleteDB(flush);
    await work();
  } finally {
    await forgetScrub(name, PAUSE_MS);
  }
}

/** Takes away what an interrupted scrub has left; a pause in ms follows each marker. */
export async function forgetScrub(name: string, pauseMs = 0): Promise<void> {
  for (const marker of markersOf(name)) {
    await deleteDB(marker).catch(() => undefined); // it holds nothing
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function markersOf(name: string): string[] {
  return MARKERS.map((number) => `${name}-marker-${number}`);
}

async function create(name: string) {
  const db = await openDB(name, 1, { upgrade: (db) => void db.createObjectStore('nothing') });
  await db.put('nothing', 0, 0).catch(() => undefined); // a full disk is for the work to notice
  db.close();
}
