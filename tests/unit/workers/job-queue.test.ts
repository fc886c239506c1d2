import { expect, test } from 'vitest';
import { createJobQueue } from '../../../src/common/job-queue';

const silent = () => undefined;

/** A job that ends when it is told to. */
function gate() {
  let open: (value: string) => void = silent;
  const work = () => new Promise<string>((resolve) => (open = resolve));
  return { work, open: (value: string) => open(value) };
}

test('jobs run one at a time, in the order they came', async () => {
  const queue = createJobQueue();
  const log: string[] = [];
  const job = (id: string) =>
    queue.run(id, silent, async () => {
      log.push(`${id} starts`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`${id} ends`);
    });
  await Promise.all([job('a'), job('b')]);
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends']);
});

test('a job that waits says so, and is cancelled at once', async () => {
  const queue = createJobQueue();
  const first = gate();
  const running = queue.run('a', silent, first.work);
  const stages: string[] = [];
  const waiting = queue.run(
    'b',
    ({ stage }) => stages.push(stage),
    () => Promise.resolve('b'),
  );
  queue.cancel('b');
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  expect(stages).toEqual(['queued']);
  first.open('a');
  await expect(running).resolves.toBe('a');
});

test('a job that fails does not stop the next', async () => {
  const queue = createJobQueue();
  const failing = queue.run('a', silent, () => Promise.reject(new Error('broken')));
  const next = queue.run('b', silent, () => Promise.resolve('b'));
  await expect(failing).rejects.toThrow('broken');
  await expect(next).resolves.toBe('b');
});

test('cancel reaches the running job through its signal, and an unknown job not at all', async () => {
  const queue = createJobQueue();
  queue.cancel('nobody');
  const running = queue.run('a', silent, async ({ signal }) => {
    queue.cancel('a');
    signal.throwIfAborted();
  });
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});
