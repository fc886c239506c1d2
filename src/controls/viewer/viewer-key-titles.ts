import { texts } from '../texts';

/** What the help says about the keys of the viewer, which is loaded when a picture is first inspected. */
export const VIEWER_KEY_TITLES: readonly { keys: string[]; title: () => string }[] = [
  { keys: ['+', '−'], title: () => texts.zoomInZoomOut },
  { keys: ['F'], title: () => texts.fitPicture },
  { keys: ['W'], title: () => texts.nextWindowPreset },
  { keys: ['[', ']'], title: () => texts.levelDarkerBrighter },
  { keys: [',', '.'], title: () => texts.windowNarrowerWider },
  { keys: ['I'], title: () => texts.invert },
  { keys: ['M'], title: () => texts.maskOnOrOff },
  { keys: ['B', 'N'], title: () => texts.sliceBeforeSliceAfter },
];
