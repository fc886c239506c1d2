import { EDIT_STANDARD, MAX_PUSH } from '../../common/edit-standard';
import { sameNumbers } from '../../common/same-numbers';
import type { GenerationRequest } from '../../contract/request';
import { appError } from '../../errors';
import type { ModelEntry } from '../../models/manifest/manifest';
import { schedulerId } from '../../models/manifest/scheduler-names';

/** Throws `RequestInvalid` for an edit that this model cannot do, or that asks for no change. */
export function checkEdit(request: GenerationRequest, entry: ModelEntry) {
  const { edit, init, prompt, covariates, scheduler } = request;
  const { push = EDIT_STANDARD.push } = edit!;
  if (!init) {
    throw invalid(
      'There is a change and no image that it belongs to (expected an image to start from).',
      'Choose an image, or ask for a picture instead.',
    );
  }
  const { type, predictionType } =
    entry.schedulers.find((one) => schedulerId(one) === scheduler) ?? {};
  if (entry.volume || type !== 'flow-match-euler' || predictionType !== 'flow') {
    throw invalid(
      `${entry.title} changes no image by a sentence (expected a model of pictures that is a rectified flow, with the ` +
        `scheduler flow-match-euler, got ${entry.volume ? 'a model of volumes' : scheduler}).`,
      'Choose that scheduler or another model, or start from the image without a sentence.',
    );
  }
  if (edit!.prompt.trim() === '') {
    throw invalid(
      'What the image shows is not said (expected a prompt for it, got none).',
      'Say it in the words of a prompt: "brain MRI slice, no tumor".',
    );
  }
  if (init.strength === 0) {
    throw invalid(
      'The strength leaves nothing to change (expected more than 0, got 0).',
      'Raise it.',
    );
  }
  if (!(push >= 1 && push <= MAX_PUSH)) {
    throw invalid(
      `The push is out of range (expected 1 to ${MAX_PUSH}, got ${push}).`,
      'Enter a number in this range.',
    );
  }
  if (edit!.prompt.trim() === prompt.trim() && sameNumbers(edit!.covariates, covariates)) {
    throw invalid(
      'The prompt says what the image shows already (expected something to change, got the same words and covariates).',
      'Change the prompt or a covariate.',
    );
  }
}

function invalid(what: string, remedy: string) {
  return appError('RequestInvalid', `${what} ${remedy}`);
}
