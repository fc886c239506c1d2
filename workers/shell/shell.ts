/** What the build and the service worker agree on. Types only. */

/** The files of one version of the app; paths are relative to the scope. */
export interface Shell {
  version: string;
  /** Fetched at install. */
  precache: string[];
  /** Content-hashed files that are kept once they have been asked for: ONNX Runtime. */
  onDemand: string[];
}
