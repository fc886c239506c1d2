import { deleteDB } from 'idb';
import { Vault } from '../../../src/crypto/vault';
import { openGallery, toGalleryItem, type KeptGallery } from '../../../src/gallery/gallery-store';
import { fakeImage, fakeRequest } from '../views/ui-fakes';
import { dumpDatabases } from './vault-dump';

export const VAULT = 'vault-test';
export const GALLERY = 'vault-test-gallery';
export const PASSPHRASE = 'correct horse battery';
export const PROMPT = 'effusion of Jane Doe';
export const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';

const open: { close(): void }[] = [];

/** The vault and the gallery as a page opens them. */
export async function openPage() {
  const vault = await Vault.open(VAULT);
  const gallery = await openGallery(GALLERY, vault);
  open.push(vault, gallery);
  const undone = await vault.protect([gallery.sealable]);
  return { vault, gallery, undone };
}

export function item(seed: number) {
  const bytes = Uint8Array.from([...PNG_SIGNATURE, ...`IHDR ${seed}`], (c) => c.charCodeAt(0));
  const png = new Blob([bytes], { type: 'image/png' });
  const image = fakeImage(fakeRequest({ seed, prompt: PROMPT }), png);
  return { ...toGalleryItem(image), createdAt: new Date(seed * 1000) };
}

export async function fill(gallery: KeptGallery, count: number) {
  const items = Array.from({ length: count }, (_, i) => item(i + 1));
  for (const one of items) await gallery.add(one);
  return items;
}

export const seeds = async (gallery: KeptGallery) =>
  (await gallery.list()).map(({ request }) => request.seed);
export const dump = () => dumpDatabases([VAULT, GALLERY]);
export const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Closes what the test opened, and deletes its databases. */
export async function clean() {
  for (const one of open.splice(0)) one.close();
  await Promise.all([deleteDB(VAULT), deleteDB(GALLERY)]);
}
