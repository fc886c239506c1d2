/** The worker's half of the check that nothing outside can be reached; each worker has the policy of its own script. */
import { ANY_THREAD, tryOutside } from '../src/privacy/outside-check';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();

addEventListener('message', ({ data: origin }: MessageEvent<string>) => {
  void tryOutside(origin, ANY_THREAD).then((results) =>
    postMessage(results.map(({ way, outcome }) => ({ way: `${way} in a worker`, outcome }))),
  );
});
