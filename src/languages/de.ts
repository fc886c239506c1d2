import type { Language } from './catalogues';
import { compare } from './de/compare';
import { conditions } from './de/conditions';
import { controls } from './de/controls';
import { datasets } from './de/datasets';
import { edit } from './de/edit';
import { errors } from './de/errors';
import { evaluate, results } from './de/evaluate';
import { finetune } from './de/finetune';
import { help } from './de/help';
import { benchmark, gallery, models, paint } from './de/models';
import { projects } from './de/projects';
import { browser, pictures, shell } from './de/shell';
import { prompts } from './de/prompts';
import { queue } from './de/queue';
import { storage } from './de/storage';
import { studio } from './de/studio';
import { tour } from './de/tour';

/** German, to readers by Sie. */
const german: Language = {
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

export default german;
