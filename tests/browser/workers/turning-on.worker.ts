/// <reference lib="webworker" />
import { openGallery } from '../../../src/gallery/gallery-store';
import { Vault } from '../../../src/crypto/vault';

/** Turns encryption on and says how many records are sealed, until somebody terminates it. */
self.onmessage = async ({ data }: MessageEvent<{ vault: string; gallery: string; off?: true }>) => {
  const vault = await Vault.open(data.vault);
  const gallery = await openGallery(data.gallery, vault);
  await vault.protect([gallery.sealable]);
  const report = (done: number, total: number) => self.postMessage({ done, total });
  if (data.off) {
    await vault.unlock('correct horse battery');
    await vault.turnOff(report);
  } else await vault.turnOn('correct horse battery', report);
  self.postMessage('finished');
};
