import { appError } from '../errors';
import type { Component } from '../models/manifest/manifest';
import type { ModelSession } from '../models/runtime/session-types';

/**
 * Fails where a manifest gives a role that the pipeline does not know, and where the graph itself asks for an input that
 * the manifest does not name.
 */
export function checkInputs(
  what: string,
  { inputs }: Component,
  { inputNames }: Pick<ModelSession, 'inputNames'>,
  knownRoles: readonly string[],
) {
  const role = Object.keys(inputs).find((name) => !knownRoles.includes(name));
  if (role !== undefined) {
    throw appError(
      'ModelUnsupported',
      `${what} has an input of role "${role}" (expected any of ${knownRoles.join(', ')}). ` +
        'Correct the role in the manifest, or export the graph without it.',
    );
  }
  const named = Object.values(inputs).map(({ name }) => name);
  const unnamed = inputNames.find((name) => !named.includes(name));
  if (unnamed === undefined) return;
  throw appError(
    'ModelUnsupported',
    `${what} asks for an input "${unnamed}" that the manifest does not name (it names ` +
      `${named.join(', ')}). Add it there with its role (${knownRoles.join(', ')}), or export the graph without it.`,
  );
}
