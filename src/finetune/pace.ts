/** Longer than this, and so many times longer than a step usually takes, nobody computed: the machine slept. */
const SLEEP = { ms: 30_000, steps: 20 };

/** How long a step takes, in milliseconds. */
export interface StepPace {
  /** Forward, backward and optimizer. */
  msPerStep: number;
  /** With its share of measurements, samples and checkpoints. */
  msPerRound: number;
  /** Of all rounds so far. */
  msSpent: number;
}

/**
 * The mean pace of the steps since `startMs`; call it after each of them with the time and what the step took. A gap in which the
 * machine slept or the page was frozen does not count.
 */
export function createPacer(startMs: number): (nowMs: number, msOfStep: number) => StepPace {
  let lastMs = startMs;
  let [numSteps, msInSteps, msInRounds] = [0, 0, 0];
  return (nowMs, msOfStep) => {
    const usual = numSteps > 0 ? msInRounds / numSteps : Infinity;
    const msOfRound = nowMs - lastMs;
    lastMs = nowMs;
    const slept = msOfRound > Math.max(SLEEP.ms, SLEEP.steps * usual);
    numSteps++;
    msInRounds += slept ? usual : msOfRound;
    msInSteps += slept ? msInSteps / (numSteps - 1) : msOfStep;
    return {
      msPerStep: msInSteps / numSteps,
      msPerRound: msInRounds / numSteps,
      msSpent: msInRounds,
    };
  };
}
