/** What the fine-tuning form offers; the view knows state only. */
export { PRESETS } from '../../finetune/plan';
export { IMAGE_LIMITS } from '../../finetune/run';
