/** Made by cli/bundling/help-pages.ts from docs/. */
declare module 'virtual:help-pages' {
  /** The pages that ship with the app, in the order in which they are listed. */
  export const helpPages: {
    /** As an address has it: the file of docs/ without ".md". */
    name: string;
    title: string;
    /** HTML that was made while the app was built. */
    load: () => Promise<{ html: string }>;
  }[];
}
