import { reasonWords } from '../../../browser/backend-words';
import { english } from '../../../browser/texts';
import type { Timing } from '../../../contract/picture';
import { formatBytes } from '../../../controls/describe-progress';
import type { StudioState } from '../../../shell/studio.svelte';

/** A block of text that is safe to share: what ran where, but no prompt, no message, no image. */
export function diagnostics(studio: StudioState): string {
  const { entry, model, generation, gallery, settings, footprint } = studio;
  const { report } = model;
  const { own, other, refused } = footprint.requests;
  const timing = generation.image?.timing;
  // The newest picture may be of another model.
  const ofModel = [generation.image, ...gallery.entries].find(
    (image) => image?.request.modelId === entry.id,
  );
  const lastError = generation.error ?? model.error ?? gallery.error;
  const lines: [string, unknown][] = [
    ['model', `${entry.id} ${entry.version}`],
    ['model hash', ofModel?.modelHash ?? 'not known yet'],
    ['model state', model.phase],
    ['backend asked for', settings.backend],
    ['backend in use', report ? `${report.backend}, ${report.device}` : 'none yet'],
    ['why', report ? reasonWords(report.reason, english) : ''],
    ['steps recorded', report?.notRecorded ? 'no, this device refused' : 'where it can'],
    ['float16', report?.notHalf ? 'no, it failed on this device' : 'where it can'],
    ['last image', timing ? timingText(timing) : 'none in this session'],
    ['last error', lastError?.name ?? 'none'],
    ['images kept', `${gallery.entries.length}${gallery.sessionOnly ? ' (session only)' : ''}`],
    ['stored', footprint.storedBytes === null ? 'unknown' : formatBytes(footprint.storedBytes)],
    ['requests', `${own} own, ${other} other hosts, ${refused} refused`],
    ['cross-origin isolated', crossOriginIsolated],
    ['WebGPU in this browser', 'gpu' in navigator],
    ['processor threads', navigator.hardwareConcurrency],
    ['screen', `${innerWidth}×${innerHeight} at ${devicePixelRatio}`],
    ['browser', navigator.userAgent],
  ];
  return lines.map(([name, value]) => `${name}: ${String(value)}`).join('\n');
}

function timingText({ msTotal, msPerStep, msEncode, msDecode, msSessions }: Timing): string {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return (
    `${ms(msTotal)} total, ${ms(msPerStep)} per step, ${ms(msEncode)} encode, ` +
    `${ms(msDecode)} decode, ${ms(msSessions)} in sessions`
  );
}
