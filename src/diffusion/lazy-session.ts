import type { Feed, GpuTensor, ModelSession } from '../models/runtime/session-types';

/** Milliseconds inside bare session runs so far. */
export interface Clock {
  ms: number;
  /** Where it is given, each run is noted here, so that it can be repeated by itself. */
  recording: RecordedRun[] | null;
}

/** One run of a graph, with what it was fed. */
export interface RecordedRun {
  session: ModelSession;
  feeds: Record<string, Feed>;
  /** Where it wrote; null where it gave its results to the CPU. */
  results: Record<string, GpuTensor> | null;
}

/** The same session with a clock around its bare runs. */
export function timed(session: ModelSession, clock: Clock): ModelSession {
  async function measure<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      clock.ms += performance.now() - start;
    }
  }
  const runInto = session.runInto?.bind(session);
  return {
    get inputNames() {
      return session.inputNames;
    },
    release: () => session.release(),
    run(feeds) {
      clock.recording?.push({ session, feeds, results: null });
      return measure(() => session.run(feeds));
    },
    runInto:
      runInto &&
      ((feeds, results) => {
        clock.recording?.push({ session, feeds, results });
        return measure(() => runInto(feeds, results));
      }),
  };
}

/** A session that is made at its first run; released, it is made again at the next. */
export function lazySession(open: () => Promise<ModelSession>): ModelSession {
  let session: ModelSession | null = null;
  return {
    get inputNames() {
      return session?.inputNames ?? [];
    },
    async run(feeds) {
      session ??= await open();
      return session.run(feeds);
    },
    async release() {
      const open = session;
      session = null;
      await open?.release();
    },
  };
}
