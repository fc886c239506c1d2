import type { Page } from '@playwright/test';

/** What the page notes of its ZIP. */
interface HeldZip {
  /** Written to the file so far. */
  bytes: number;
  /** So many are written, no more; with all of them the closing begins, and goes on. */
  limit: number;
  held: boolean;
}

/** Lets a ZIP in the private files of the page's origin stop at a byte, so that whoever kills its page knows what stands. */
export async function holdZip(page: Page) {
  await page.addInitScript(() => {
    const zip: HeldZip = { bytes: 0, limit: Infinity, held: false };
    Object.assign(window, { heldZip: zip });
    const createWritable = Object.getOwnPropertyDescriptor(
      FileSystemFileHandle.prototype,
      'createWritable',
    )!.value as FileSystemFileHandle['createWritable'];
    FileSystemFileHandle.prototype.createWritable = async function (options) {
      zip.bytes = 0;
      const writer = (await createWritable.call(this, options)).getWriter();
      const write = async (chunk: Uint8Array<ArrayBuffer>) => {
        const part = chunk.subarray(0, zip.limit - zip.bytes);
        await writer.write(part);
        zip.bytes += part.length;
        if (part.length === chunk.length) return;
        zip.held = true;
        await new Promise(() => undefined); // until the page is killed
      };
      const close = () => {
        zip.held = true;
        return writer.close();
      };
      const abort = (reason: unknown) => writer.abort(reason);
      return new WritableStream({ write, close, abort }) as FileSystemWritableFileStream;
    };
  });
}

const read = (page: Page) =>
  page.evaluate(() => (window as unknown as { heldZip: HeldZip }).heldZip);

/** Of the ZIP that was written last. */
export const zipBytes = async (page: Page) => (await read(page)).bytes;

export const isZipHeld = async (page: Page) => (await read(page)).held;

/** The ZIP that the page writes next stops there. */
export async function holdZipAfter(page: Page, bytes: number) {
  await page.evaluate((limit) => {
    Object.assign((window as unknown as { heldZip: HeldZip }).heldZip, { limit, held: false });
  }, bytes);
}
