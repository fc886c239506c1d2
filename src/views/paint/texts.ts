import { translated } from '../../languages/language';

/** In English. */
export const english = {
  // PaintDialog.svelte
  whatToPaintAnew: 'What to paint anew',
  instanceMask: 'Instance mask',
  sketch: 'Sketch',
  use: 'Use it',
  cancel: 'Cancel',

  // PaintSurface.svelte
  drawingSurfaceArrowKeys: 'Drawing surface: arrow keys move the brush, Space paints, + and − zoom',

  // PaintTools.svelte
  paintOnMaskStroke:
    'Paint. A stroke on an instance goes on with it, and one beside it begins another.',
  paintByDragging: 'Paint by dragging.',
  takeAwayWhatPainted: 'Take away what was painted.',
  dragFromCorner: 'Drag from corner to corner.',
  clickForEachCorner: 'A click for each corner; Enter, or a double click, closes it.',
  zoom: 'Zoom',
  smaller: 'Smaller (−)',
  zoomOut: 'Zoom out',
  larger: 'Larger (+)',
  zoomIn: 'Zoom in',
  wholePicture0: 'The whole picture (0)',
  wholePicture: 'The whole picture',
  tool: 'Tool',
  colour: 'Colour',
  undoCtrlZ: 'Undo (Ctrl Z)',
  undo: 'Undo',
  redoCtrlShiftZ: 'Redo (Ctrl Shift Z)',
  redo: 'Redo',
  invert: 'Invert',
  clear: 'Clear',
  closeShape: 'Close the shape',
  wheelZoomShift:
    'Wheel: zoom; Shift and drag: move. Keys: arrows move the brush, Space paints, [ and ] change its size, ' +
    '+ and − zoom, Enter closes a polygon.',
  twoFingersZoom: 'Two fingers zoom and move.',
  size: 'Size',
  instances: (count: number) => `${count} instances`,
  pixelsChange: (count: number) => `${count} pixels change`,
  tools: { brush: 'brush', eraser: 'eraser', ellipse: 'ellipse', polygon: 'polygon' },

  // LabelPaintDialog.svelte
  labelMap: 'Label map',
  labelSurface:
    'The volume and its label map on three planes: arrow keys and Page Up and Down move the crosshair, Space paints there',
  erase: 'erase',
  keyOfPen: (pen: number) => `Key ${pen}`,
  voxels: (count: number) => `${count} voxels`,
  partIs: (part: string, mm3: string) => `${part} ${mm3} mm³`,
  labelKeys:
    'Drag on a plane paints. Keys on the picture: 1, 2 and 0 choose the pen, arrows and Page Up and Down move, Space paints on ' +
    'the axial plane, [ and ] change the size, Ctrl Z takes back.',

  // LabelMapFields.svelte
  ofVolumeInView: 'That of the volume in view',

  // what each dialog is for
  purposes: {
    region: 'What you mark is drawn anew; the rest of the picture stays as it is.',
    mask: 'The picture is drawn to the mask that you draw here.',
    sketch: 'The picture starts from what you draw here.',
    labels: 'The volume is drawn to the label map that you change here.',
  },
};

/** The texts of the painting surface, in the language that the page speaks. */
export const texts = translated('paint', english);
