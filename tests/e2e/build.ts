import { ensureBuilt } from '../../cli/install.js';

/** Builds dist when it is missing or stale, so that the tests never run on yesterday's app. */
export default function build() {
  ensureBuilt();
}
