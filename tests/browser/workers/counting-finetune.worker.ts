import './counting-buffers';
import '../../../workers/finetune.worker';
