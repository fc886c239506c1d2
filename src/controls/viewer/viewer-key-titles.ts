/** What the help says about the keys of the viewer, which is loaded when a picture is first inspected. */
export const VIEWER_KEY_TITLES: readonly { keys: string[]; title: string }[] = [
  { keys: ['+', '−'], title: 'Zoom in, zoom out' },
  { keys: ['F'], title: 'Fit the picture' },
  { keys: ['W'], title: 'Next window preset' },
  { keys: ['[', ']'], title: 'Level: darker, brighter' },
  { keys: [',', '.'], title: 'Window: narrower, wider' },
  { keys: ['I'], title: 'Invert' },
  { keys: ['M'], title: 'Mask on or off' },
  { keys: ['B', 'N'], title: 'Slice before, slice after' },
];
