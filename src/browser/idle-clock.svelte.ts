/** What an idle page does, and when. */
export interface IdlePlan {
  /** null: not now. */
  minutes: () => number | null;
  /** Work in progress counts as somebody being there. */
  busy: () => boolean;
  onIdle: () => void;
}

/** What a minutes field may hold. */
export const IDLE_MINUTES = { min: 1, max: 240, step: 1 };
/** Without a choice of one's own. */
export const DEFAULT_IDLE_MINUTES = 10;

const WARNING_MS = 60_000;
const SIGNS_OF_LIFE = ['pointerdown', 'keydown', 'pointermove', 'wheel'] as const;
/** What counts once the warning stands: it must not vanish from under a pointer on its way to the button. */
const ANSWERS = ['pointerdown', 'keydown'];

/** Notices that nobody has touched the page for a while, warns, and acts. */
export class IdleClock {
  /** While the warning stands: seconds until it happens. */
  secondsLeft = $state<number | null>(null);

  #plan: IdlePlan;
  #lastSeen = Date.now();

  constructor(plan: IdlePlan) {
    this.#plan = plan;
  }

  /** Starts; returns a function that stops. */
  watch(): () => void {
    this.seen();
    const seen = ({ type }: Event) => {
      if (this.secondsLeft === null || ANSWERS.includes(type)) this.seen();
    };
    const look = () => this.#look();
    for (const sign of SIGNS_OF_LIFE) addEventListener(sign, seen, { passive: true });
    document.addEventListener('visibilitychange', look);
    const timer = setInterval(look, 1000);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      for (const sign of SIGNS_OF_LIFE) removeEventListener(sign, seen);
    };
  }

  /** Somebody is there. */
  seen() {
    // A laptop that was asleep wakes by a key: what was due meanwhile happens first.
    if (this.#overdue()) return;
    this.#lastSeen = Date.now();
    this.secondsLeft = null;
  }

  /** By the clock on the wall, for timers stand still while a laptop sleeps. */
  #look() {
    if (this.#plan.busy()) this.#lastSeen = Date.now();
    const ms = this.#msLeft();
    if (ms === null || ms > this.#warningMs()) this.secondsLeft = null;
    else if (ms > 0) this.secondsLeft = Math.ceil(ms / 1000);
    else this.#act();
  }

  #overdue(): boolean {
    const ms = this.#msLeft();
    if (ms === null || ms > 0 || this.#plan.busy()) return false;
    this.#act();
    return true;
  }

  #act() {
    this.#lastSeen = Date.now();
    this.secondsLeft = null;
    this.#plan.onIdle();
  }

  #msLeft(): number | null {
    const minutes = this.#plan.minutes();
    return minutes === null ? null : this.#lastSeen + minutes * 60_000 - Date.now();
  }

  #warningMs(): number {
    return Math.min(WARNING_MS, ((this.#plan.minutes() ?? 0) * 60_000) / 2);
  }
}

/** What somebody typed or stored, as minutes that can be used. */
export function toIdleMinutes(value: unknown): number {
  const minutes = typeof value === 'string' ? Number(value || NaN) : value;
  if (typeof minutes !== 'number' || !Number.isFinite(minutes)) return DEFAULT_IDLE_MINUTES;
  return Math.min(IDLE_MINUTES.max, Math.max(IDLE_MINUTES.min, Math.round(minutes)));
}
