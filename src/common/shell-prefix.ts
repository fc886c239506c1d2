/** How the caches begin in which the service worker keeps a version of the app. */
export const SHELL_PREFIX = 'shell-';
