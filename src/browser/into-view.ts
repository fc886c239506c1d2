/** Scrolls to what has just appeared and asks for something: below the fold a press seems to have done nothing. */
export function intoView(element: HTMLElement) {
  element.scrollIntoView({ block: 'nearest' });
}
