import type { Page } from '@playwright/test';
import type { Shard } from '../../../src/models/manifest/manifest';

/** What a browser has of one big shard, and what its download had read of it when last seen. */
export interface ShardAudit {
  stored: boolean;
  /** In pieces, from the shard's start. */
  pieceBytes: number;
  /** Bytes that the client had read, by its newest stream; null where this session opened none. */
  read: number | null;
  /** That stream had come to its end. */
  ended: boolean;
}

/** See count-reads.js for the records. */
export interface Audit {
  shards: ShardAudit[];
  numRecords: number;
  /** How often a shard was read to its end and then again from its start. */
  refetches: number;
}

/** Looks into the profile through a page of the app that has not started its workers. `from`: records seen before. */
export async function auditStore(page: Page, big: Shard[], from: number): Promise<Audit> {
  const { records, stored, pieces } = await page.evaluate(lookInside);
  const refetched = new Set<number>();
  let refetches = 0;
  for (const [shard, position, ended] of records) {
    if (ended && position === big[shard].bytes) refetched.add(shard);
    else if (position === 0 && refetched.delete(shard)) refetches++;
  }
  const session = records.slice(from);
  const shards = big.map(({ sha256 }, i) => {
    const last = session.findLast(([shard]) => shard === i);
    return {
      stored: stored.includes(sha256!),
      pieceBytes: pieces[sha256!] ?? 0,
      read: last ? last[1] : null,
      ended: last?.[2] === 1,
    };
  });
  return { shards, numRecords: records.length, refetches };
}

/** Runs inside the page. */
async function lookInside() {
  const folder = await navigator.storage.getDirectory();
  const file = await (await folder.getFileHandle('reads', { create: true })).getFile();
  const numbers = new Float64Array(
    (await file.arrayBuffer()).slice(0, 24 * Math.floor(file.size / 24)),
  );
  const records = Array.from({ length: numbers.length / 3 }, (_, i) => [
    ...numbers.subarray(3 * i, 3 * i + 3),
  ]);
  const stored: string[] = [];
  const pieces: Record<string, number> = {};
  const names = (await indexedDB.databases()).map(({ name }) => name);
  if (!names.includes('weights')) return { records, stored, pieces };
  const db = await asPromise(indexedDB.open('weights'));
  const transaction = db.transaction(['shards', 'pieces']);
  stored.push(...((await asPromise(transaction.objectStore('shards').getAllKeys())) as string[]));
  const all = await asPromise(transaction.objectStore('pieces').getAll());
  for (const { shardKey, offset, blob } of all as {
    shardKey: string;
    offset: number;
    blob: Blob;
  }[]) {
    // Up to the first gap.
    if (offset === (pieces[shardKey] ?? 0)) pieces[shardKey] = offset + blob.size;
  }
  db.close();
  return { records, stored, pieces };

  function asPromise<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error!);
    });
  }
}

/** The sha256 of every big shard as it lies in the database, by WebCrypto and not by the app. */
export function hashStored(page: Page, big: Shard[]): Promise<(string | null)[]> {
  return page.evaluate(
    async (keys) => {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open('weights');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
      const hashes: (string | null)[] = [];
      for (const key of keys) {
        const shard = await new Promise<{ blob: Blob } | undefined>((resolve) => {
          const request = db.transaction('shards').objectStore('shards').get(key);
          request.onsuccess = () => resolve(request.result as { blob: Blob } | undefined);
        });
        const digest =
          shard && (await crypto.subtle.digest('SHA-256', await shard.blob.arrayBuffer()));
        const hex = (byte: number) => byte.toString(16).padStart(2, '0');
        hashes.push(digest ? Array.from(new Uint8Array(digest), hex).join('') : null);
      }
      db.close();
      return hashes;
    },
    big.map(({ sha256 }) => sha256!),
  );
}
