/** A feature network that the user brings. Types and words only. */

/**
 * What of a graph's output is one picture's features: a vector as it is, the first of its tokens, or the mean over all
 * tokens or places.
 */
export type Take = 'pooled' | 'class token' | 'mean';

/** A package of transformers.js, read and found fit by `readNetworkPackage`; its files are not copied. */
export interface OwnNetwork {
  /** `own-` and `sha256`: features are kept under it. */
  id: string;
  /** Name of its folder. */
  title: string;
  /** Of the list of its files' names and sha256; see `hashFiles`. */
  sha256: string;
  /** In a sentence without a full stop: which files, and what is taken. */
  from: string;
  graph: Blob;
  /** Of the graph, below the package's folder. */
  graphPath: string;
  /** External data, by the names in the graph. */
  weights: { name: string; blob: Blob }[];
  /** Text of preprocessor_config.json. */
  preprocessing: string;
  /** Of the graph's input, pixel_values. */
  dtype: 'float32' | 'float16';
  /** Of the graph. */
  output: string;
  take: Take;
}
