/**
 * The download worker under a name of its own, by which it gets a policy of its own: this one may fetch from other
 * hosts. Only models.html starts it.
 */
import './download.worker';
