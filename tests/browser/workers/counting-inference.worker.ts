import './counting-buffers';
import { tellAdapters } from './tell-adapters';
import '../../../workers/inference.worker';

tellAdapters();
