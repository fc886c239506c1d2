import { expose } from 'comlink';
import { createDownloadJobs } from '../src/models/installed/download-jobs';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();
expose(createDownloadJobs());
