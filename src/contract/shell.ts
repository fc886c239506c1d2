/** What a page may ask of the service worker. Types only. */

export type ShellMessage = 'activate' | 'list';
