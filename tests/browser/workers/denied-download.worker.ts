import './deny-storage';
import '../../../workers/download.worker';
