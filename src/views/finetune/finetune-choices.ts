/** What the fine-tuning form offers; the view knows state only. */
export { PRESETS, IMAGES_HELP } from '../../finetune/plan';
