import { expose } from 'comlink';
import { createEvaluationEngine } from './evaluation-engine';
import { createModelAccess } from './model-access';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();
expose(createEvaluationEngine(createModelAccess()));
