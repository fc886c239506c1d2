import type { Locator, Page } from '@playwright/test';
import { expect } from '../app';

/** What it took to get a task done. */
export interface Effort {
  /** Presses of a pointer, or of Enter and Space. */
  presses: number;
  /** Fields that something was typed into. */
  fields: number;
  /** Tab and arrow keys, by keyboard alone. */
  steps: number;
  seconds: number;
}

/** Most steps from one control to the next before it counts as out of reach. */
const MOST_TABS = 250;

/** Somebody who sits in front of the page, with a pointer or with a keyboard alone, and counts what it takes. */
export class Person {
  readonly page: Page;
  readonly #hand: 'pointer' | 'keyboard';
  readonly #startMs = performance.now();
  readonly #effort = { presses: 0, fields: 0, steps: 0 };

  constructor(page: Page, hand: 'pointer' | 'keyboard') {
    this.page = page;
    this.#hand = hand;
  }

  get effort(): Effort {
    return { ...this.#effort, seconds: (performance.now() - this.#startMs) / 1000 };
  }

  /** A button by its name. */
  async press(name: string | RegExp, within: Page | Locator = this.page) {
    await this.pressOn(within.getByRole('button', { name, exact: typeof name === 'string' }));
  }

  async pressOn(control: Locator) {
    await expect(control).toBeEnabled();
    this.#effort.presses += 1;
    if (this.#hand === 'pointer') return control.click();
    await this.#reach(control);
    const isCheckbox = await control.evaluate((element) => element.matches('input'));
    await this.page.keyboard.press(isCheckbox ? 'Space' : 'Enter');
  }

  async type(field: Locator, text: string) {
    this.#effort.fields += 1;
    if (this.#hand === 'keyboard') await this.#reach(field);
    else await field.click();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.type(text);
  }

  /** Chooses a folder or files: one press for the button; the dialog is the operating system's. */
  async give(label: string, files: string | string[]) {
    this.#effort.presses += 1;
    await this.page.getByLabel(label, { exact: true }).setInputFiles(files);
  }

  async choose(menu: Locator, option: string) {
    this.#effort.presses += 2;
    if (this.#hand === 'keyboard') await this.#reach(menu);
    await menu.selectOption(option);
  }

  /** A shortcut that the page names. */
  async key(key: string) {
    this.#effort.presses += 1;
    await this.page.keyboard.press(key);
  }

  /** Tab until the control has the focus; a group of radio buttons is one stop, and inside it the arrows lead on. */
  async #reach(control: Locator) {
    const whereFocusIs = () =>
      control.evaluate((element) => {
        const focused = document.activeElement;
        if (element === focused) return 'there';
        const radios = [element, focused].filter(
          (one): one is HTMLInputElement => one instanceof HTMLInputElement && one.type === 'radio',
        );
        return radios.length === 2 && radios[0].name === radios[1].name ? 'group' : 'elsewhere';
      });
    for (let steps = 0; steps < MOST_TABS; steps++) {
      const found = await whereFocusIs();
      if (found === 'there') return;
      this.#effort.steps += 1;
      await this.page.keyboard.press(found === 'group' ? 'ArrowDown' : 'Tab');
    }
    throw new Error(`The keyboard does not reach ${String(control)}.`);
  }
}
