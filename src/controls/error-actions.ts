import type { ErrorName } from '../errors';
import { texts } from './texts';

/** What a button under an error does. */
export type ErrorAction = 'retry' | 'use-wasm' | 'reinstall' | 'free-space' | 'draw-anyway';

/** What the button says. */
export const ERROR_ACTION_LABELS: Record<ErrorAction, () => string> = {
  retry: () => texts.tryAgain,
  'use-wasm': () => texts.useCpuWasm,
  reinstall: () => texts.deleteModelAndDownload,
  'free-space': () => texts.freeSpace,
  'draw-anyway': () => texts.drawAnyway,
};

const ACTIONS: Record<ErrorName, ErrorAction[]> = {
  NoWebGpu: ['use-wasm', 'retry'],
  NoAdapter: ['use-wasm', 'retry'],
  DeviceLost: ['retry', 'use-wasm'],
  OutOfMemory: ['retry', 'use-wasm'],
  RuntimeFailed: ['retry', 'use-wasm'],
  QuotaExceeded: ['free-space', 'retry'],
  StorageDenied: ['retry'],
  Locked: [],
  WrongPassphrase: [],
  RecordCorrupt: [],
  NetworkFailed: ['retry'],
  ModelCorrupt: ['reinstall', 'retry'],
  PackageRefused: [],
  ProjectRefused: [],
  ModelUnsupported: ['use-wasm'],
  ManifestInvalid: ['retry'],
  SelfTestFailed: ['use-wasm', 'reinstall'],
  ImageUnreadable: [],
  RequestInvalid: [],
  SourceMissing: [],
  WordsUnknown: ['draw-anyway'],
  NotConfirmed: [],
  TrainingDiverged: [],
  TunedMissing: [],
  AbortError: ['retry'],
};

/** The ways out of an error of this kind, the best first; for a bug, trying again. */
export function errorActions(name: string): ErrorAction[] {
  return name in ACTIONS ? ACTIONS[name as ErrorName] : ['retry'];
}
