import { nameMissingPart } from '../errors';

/**
 * Parts of the page are fetched when they are first needed. Vite tells when one cannot be, before it throws the browser's own
 * error on; that error gets words here, so that whoever shows it says what is missing and what to do.
 */
export function nameMissingParts() {
  addEventListener('vite:preloadError', (event) => {
    nameMissingPart((event as Event & { payload?: unknown }).payload);
  });
}
