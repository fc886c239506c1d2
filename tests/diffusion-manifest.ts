import type { DiffusionEntry, ModelManifest } from '../src/models/manifest/manifest';

/** A manifest none of whose models is a generator, as those of the fixtures are. */
export interface DiffusionManifest extends ModelManifest {
  models: DiffusionEntry[];
}
