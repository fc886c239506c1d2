/** An edit by a sentence where nobody says otherwise: chosen on training images, see docs/report.md. */
export const EDIT_STANDARD = {
  /** The noise level it starts at, 0…1. */
  strength: 1,
  /** How hard the difference of the prompts is pushed, 1…12. */
  push: 3,
};
/** Beyond this pictures fall apart. */
export const MAX_PUSH = 12;
