/** What UpdateState needs of src/shell/service-worker-client.ts. */
export interface Updates {
  /** Called once a newer version is stored and waits. */
  onUpdate(listener: () => void): void;
  /** Loads the page anew with it. */
  update(): void;
}

/** A newer version of the app. It never comes by itself: the user says when, and what runs ends first. */
export class UpdateState {
  /** 'asked': the user wants it, as soon as nothing runs. */
  phase = $state<'none' | 'ready' | 'asked'>('none');

  #updates: Updates | null;

  constructor(updates: Updates | null) {
    this.#updates = updates;
    updates?.onUpdate(() => {
      if (this.phase === 'none') this.phase = 'ready';
    });
  }

  ask() {
    this.phase = 'asked';
  }

  later() {
    this.phase = 'ready';
  }

  apply() {
    this.#updates?.update();
  }
}
