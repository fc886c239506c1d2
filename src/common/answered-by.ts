/** A header that only the app's service worker sets: whoever finds it knows that the worker answers here. */
export const ANSWERED_BY = 'X-Answered-By';
