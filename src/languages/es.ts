import type { Language } from './catalogues';
import { compare } from './es/compare';
import { conditions } from './es/conditions';
import { controls } from './es/controls';
import { datasets } from './es/datasets';
import { edit } from './es/edit';
import { errors } from './es/errors';
import { evaluate, results } from './es/evaluate';
import { finetune } from './es/finetune';
import { help } from './es/help';
import { benchmark, gallery, models, paint } from './es/models';
import { projects } from './es/projects';
import { browser, pictures, shell } from './es/shell';
import { prompts } from './es/prompts';
import { queue } from './es/queue';
import { storage } from './es/storage';
import { studio } from './es/studio';
import { tour } from './es/tour';

/** Spanish, to readers by usted. */
const spanish: Language = {
  benchmark,
  browser,
  compare,
  conditions,
  controls,
  datasets,
  edit,
  errors,
  evaluate,
  finetune,
  gallery,
  help,
  models,
  paint,
  pictures,
  projects,
  prompts,
  queue,
  results,
  shell,
  storage,
  studio,
  tour,
};

export default spanish;
