import { nextTask } from '../common/next-task';
import type { EvaluationProgress } from './report/report';

type Stage = EvaluationProgress['stage'];

const REPORT_EVERY_MS = 100;

/** Times the stages of a run and reports them, ten times a second at most. */
export function createStages(onProgress: (progress: EvaluationProgress) => void) {
  const begun = performance.now();
  const seconds: Record<string, number> = {};
  let current: Stage | null = null;
  let since = begun;

  function close() {
    const now = performance.now();
    if (current) seconds[current] = (seconds[current] ?? 0) + (now - since) / 1000;
    since = now;
  }

  return {
    /** Begins a stage; what it returns reports so many of so many, and lets messages in. */
    start(stage: Stage, detail?: string): (done: number, total: number) => Promise<void> {
      close();
      current = stage;
      const start = performance.now();
      let reported = -Infinity;
      onProgress({ stage, done: 0, total: 1, msLeft: null, detail });
      return async (done, total) => {
        const now = performance.now();
        if (now - reported < REPORT_EVERY_MS && done < total) return;
        reported = now;
        const msLeft = done > 0 ? ((now - start) / done) * (total - done) : null;
        onProgress({ stage, done, total, msLeft, detail });
        await nextTask();
      };
    },
    /** Seconds in all and by stage, rounded to tenths. */
    end() {
      close();
      const round = (value: number) => Math.round(value * 10) / 10;
      const secondsByStage = Object.fromEntries(
        Object.entries(seconds).map(([name, value]) => [name, round(value)]),
      );
      return { seconds: round((performance.now() - begun) / 1000), secondsByStage };
    },
  };
}
