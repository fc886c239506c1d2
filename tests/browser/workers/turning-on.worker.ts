/// <reference lib="webworker" />
import { openGallery } from '../../../src/gallery/gallery-store';
import { Vault } from '../../../src/crypto/vault';

/** What is turned on or off, and after how many records it stands still. */
export interface Order {
  vault: string;
  gallery: string;
  off?: true;
  after: number;
}

/** Turns encryption on or off up to a record, says so, and stands still until somebody terminates it. */
self.onmessage = async ({ data }: MessageEvent<Order>) => {
  const vault = await Vault.open(data.vault);
  const gallery = await openGallery(data.gallery, vault);
  await vault.protect([gallery.sealable]);
  const report = (done: number) => {
    if (done < data.after) return;
    // The next record is never sealed or opened.
    const never = () => new Promise<never>(() => undefined);
    Object.assign(SubtleCrypto.prototype, { encrypt: never, decrypt: never });
    self.postMessage('there');
  };
  if (data.off) {
    await vault.unlock('correct horse battery');
    await vault.turnOff(report);
  } else await vault.turnOn('correct horse battery', report);
  self.postMessage('finished'); // it never got that far
};
