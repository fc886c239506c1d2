import type { SettingsState } from '../browser/settings.svelte';
import { speak } from '../languages/language';
import { languageFor } from '../languages/languages';

/** Speaks the language that is kept, or else the user's; where its file cannot be fetched the page stays as it is. */
export async function speakKept({ language }: Pick<SettingsState, 'language'>): Promise<void> {
  await speak(languageFor(language, navigator.languages)).catch(() => undefined);
}
