import { expose } from 'comlink';
import { createFinetuneEngine } from '../src/finetune/finetune-engine';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();
expose(createFinetuneEngine());
