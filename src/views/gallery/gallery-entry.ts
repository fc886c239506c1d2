import { fileName } from '../../gallery/file-name';
import type { GalleryItem } from '../../gallery/gallery-store';
import { withOwnBlobs } from '../../gallery/own-blobs';

/** A gallery item with an address that an <img> can show, and a name to save it under. */
export interface GalleryEntry extends GalleryItem {
  url: string;
  fileName: string;
}

/** For `sort`. */
export function newestFirst(a: GalleryItem, b: GalleryItem): number {
  return +b.createdAt - +a.createdAt;
}

/** The item with an address of its own, until `revokeGone`. */
export function withUrl(item: GalleryItem): GalleryEntry {
  return { ...item, url: URL.createObjectURL(item.png), fileName: fileName(item.request) };
}

/**
 * Waits until the browser has the picture at hand, so that no black frame precedes it. Not `decode()`, which may
 * wait for a frame that a hidden tab never paints.
 */
export function loaded(url: string) {
  const image = new Image();
  image.src = url;
  return new Promise((resolve) => {
    image.onload = resolve;
    image.onerror = resolve; // a broken picture shows as broken
  });
}

/** The item without what belongs to the page, its picture read into memory. */
export function inMemory(entry: GalleryEntry): Promise<GalleryItem> {
  const item: Partial<GalleryEntry> & GalleryItem = { ...entry };
  delete item.url;
  delete item.fileName;
  return withOwnBlobs(item);
}

/** Gives up the addresses that are shown no more. */
export function revokeGone(before: GalleryEntry[], after: GalleryEntry[]) {
  const kept = new Set(after.map(({ url }) => url));
  for (const { url } of before) if (!kept.has(url)) URL.revokeObjectURL(url);
}
