/**
 * An address of a manifest, or of a package from anywhere, as a link may have it; null for what would run code or lead
 * to a file of this machine.
 */
export function safeLink(address: string, base: string = document.baseURI): string | null {
  try {
    return /^https?:$/.test(new URL(address, base).protocol) ? address : null;
  } catch {
    return null;
  }
}
