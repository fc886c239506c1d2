import './counting-buffers';
import '../../../workers/inference.worker';
