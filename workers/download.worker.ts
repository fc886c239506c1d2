import { expose } from 'comlink';
import { createDownloadJobs } from './download-jobs';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();
expose(createDownloadJobs());
