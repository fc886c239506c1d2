/**
 * Evaluates, and fails as its name says: `end-N` throws outside of everything at its N-th step, as a worker does that the
 * browser ends; `grow-N` finds no more memory from the N-th time on that its runtime asks. Says by a channel whether it asked for a
 * graphics device, and at which step it is.
 */
import { onReport } from './on-report';
import { tellAdapters } from './tell-adapters';
import '../../../workers/evaluation.worker';

const [act, at] = self.name.split('-');
const channel = new BroadcastChannel('evaluation steps');
const seen = new Set<string>();
let grown = 0;

tellAdapters();
onReport((name) => {
  const [stage] = name.split(' ');
  if (seen.has(stage)) return;
  if (seen.size === Number(at) && act === 'end') {
    setTimeout(() => {
      throw new Error(`ended on purpose at ${stage}`);
    });
  }
  seen.add(stage);
  channel.postMessage(stage);
});

const { grow } = WebAssembly.Memory.prototype as {
  grow: (this: WebAssembly.Memory, pages: number) => number;
};
WebAssembly.Memory.prototype.grow = function (pages: number) {
  if (grown++ >= Number(at) && act === 'grow') throw new RangeError('no more memory, on purpose');
  channel.postMessage('grown');
  return grow.call(this, pages);
};
