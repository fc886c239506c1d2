import type { ModelManifest } from './manifest';
import type { FeatureNetwork } from './networks';

/** The network that can check pictures as they are drawn: the first that names labels; null where there is none. */
export function findChecker({ evaluation }: ModelManifest): FeatureNetwork | null {
  return evaluation?.networks.find(({ labels }) => labels) ?? null;
}
