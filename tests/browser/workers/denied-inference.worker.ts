import './deny-storage';
import '../../../workers/inference.worker';
