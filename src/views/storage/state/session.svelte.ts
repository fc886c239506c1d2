import { toIdleMinutes } from '../../../browser/idle-clock.svelte';
import { sessionOf, withSession } from './session-address';

/** The part of `location` and `history` that a session needs. */
export interface Address {
  readonly href: string;
  /** Loads this address; memory is gone afterwards. */
  load(href: string): void;
  /** Puts it into the address bar only. */
  show(href: string): void;
}

/**
 * Session-only: weights are kept, but no image, prompt or setting. It is all in the address, `?session` or
 * `?session=5` (minutes until an idle page resets), so that it can be bookmarked and leaves nothing in a storage.
 */
export class SessionState {
  readonly active: boolean;
  #minutes = $state(0);
  #address: Address;

  constructor(address: Address) {
    this.#address = address;
    const value = sessionOf(address.href);
    this.active = value !== null;
    this.#minutes = toIdleMinutes(value);
  }

  /** Until an idle page resets. */
  get minutes(): number {
    return this.#minutes;
  }

  set minutes(minutes: number) {
    this.#minutes = toIdleMinutes(minutes);
    this.#address.show(withSession(this.#address.href, String(this.#minutes)));
  }

  /** Loads the page anew, from now on keeping nothing. */
  start() {
    this.#address.load(withSession(this.#address.href, String(this.#minutes)));
  }

  /** Loads the page anew with the images that this browser keeps; those of the session are gone. */
  leave() {
    this.#address.load(withSession(this.#address.href, null));
  }

  /** Loads the page anew, so that the next person finds it as if untouched. */
  reset() {
    this.#address.load(this.#address.href);
  }
}

/** This page's own address. */
export const PAGE_ADDRESS: Address = {
  get href() {
    return location.href;
  },
  load(href) {
    if (href === location.href) location.reload();
    else location.assign(href);
  },
  show: (href) => history.replaceState(history.state, '', href),
};
