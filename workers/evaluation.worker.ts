import { expose } from 'comlink';
import { createEvaluationEngine } from '../src/evaluation/evaluation-engine';
import { createModelAccess } from '../src/models/installed/model-access';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();
expose(createEvaluationEngine(createModelAccess()));
