import type { Shard } from '../manifest/manifest';
import type { WeightStore } from '../store/weight-store';

/**
 * A piece is written once it has this many bytes, and nothing is read from the network meanwhile: what a killed browser
 * loses is at most this and one chunk of the stream (256 KiB), together below 1 MiB.
 */
const PIECE_BYTES = 512 * 2 ** 10;

/** A shard in the making: its bytes so far, in memory and, all but the newest, in the store. */
export interface PartialShard {
  /** As long as the shard; the first `received` are there. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly received: number;
  /** Of the version that the bytes are from; null where the server did not say. */
  readonly etag: string | null;
  append(chunk: Uint8Array): Promise<void>;
  /** Stores what is in memory only. */
  flush(): Promise<void>;
  /** Forgets all bytes; those that follow are from this version. */
  restart(etag: string | null): Promise<void>;
}

/** Takes up what an earlier try left. `onBytes` is told of bytes that come, and by a negative number that they go. */
export async function openPartialShard(
  store: WeightStore,
  key: string,
  shard: Shard,
  onBytes: (bytes: number) => void,
): Promise<PartialShard> {
  const bytes = new Uint8Array(shard.bytes);
  let { received, etag } = await readPieces(store, key, bytes);
  let stored = received;

  async function flush() {
    if (stored === received) return;
    const blob = new Blob([bytes.subarray(stored, received)]);
    await store.putPiece({ shardKey: key, offset: stored, blob, etag });
    stored = received;
  }

  return {
    bytes,
    get received() {
      return received;
    },
    get etag() {
      return etag;
    },
    async append(chunk) {
      bytes.set(chunk, received);
      received += chunk.length;
      onBytes(chunk.length);
      if (received - stored >= PIECE_BYTES) await flush();
    },
    flush,
    async restart(newEtag) {
      onBytes(-received);
      const hadPieces = stored > 0;
      [received, stored, etag] = [0, 0, newEtag];
      if (hadPieces) await store.deletePieces([key]);
    },
  };
}

/** Fills `bytes` from its start; pieces of another version, after a gap or beyond the end are of no use. */
async function readPieces(store: WeightStore, key: string, bytes: Uint8Array) {
  const pieces = await store.pieces(key);
  const etag = pieces[0]?.etag ?? null;
  let received = 0;
  for (const piece of pieces) {
    const fits = piece.offset === received && received + piece.blob.size <= bytes.length;
    if (!fits || piece.etag !== etag) break;
    try {
      bytes.set(new Uint8Array(await piece.blob.arrayBuffer()), received);
    } catch {
      break; // its file is gone from the disk
    }
    received += piece.blob.size;
  }
  return { received, etag };
}
