import './wrong-gpu';
import '../../../workers/inference.worker';
