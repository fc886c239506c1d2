import type { DroppedFile } from '../../contract/download';
import type { Entry as ZipEntry } from '@zip.js/zip.js';
import { appError } from '../../errors';

/** A file of a package, wherever it lies. */
export interface PackageFile {
  path: string;
  bytes: number;
  /** Resolves to exactly `bytes` bytes. */
  read(): Promise<Blob>;
}

/** More than any package has; listing a ZIP of millions would hold the page. */
const MAX_ENTRIES = 20_000;
const LONGEST_PATH = 1_000;
/** Deflate cannot pack better than 1 : 1032; what claims more is made to flood. */
const MAX_RATIO = 1_100;

/** The files of what was dropped: a folder or files as they are, or the one ZIP among them, not yet unpacked. */
export async function openPackage(dropped: DroppedFile[]): Promise<PackageFile[]> {
  const zips = dropped.filter(({ path }) => /\.zip$/i.test(path));
  if (zips.length === 0) {
    return dropped
      .map(({ path, file }) => ({
        path: checkedPath(path),
        bytes: file.size,
        read: () => Promise.resolve(file),
      }))
      .filter(({ path }) => !SIDE_FILES.test(path));
  }
  if (zips.length > 1 || dropped.length > 1) {
    throw refused(
      `expected one ZIP, got ${dropped.length} files with ${zips.length} ZIPs among them`,
    );
  }
  return openZip(zips[0].file);
}

async function openZip(zip: Blob): Promise<PackageFile[]> {
  const { BlobReader, BlobWriter, ZipReader } =
    await import('@zip.js/zip.js/lib/zip-core-native.js');
  // Its own workers would come from blob: addresses, which the page's policy forbids; this is a worker already.
  const reader = new ZipReader(new BlobReader(zip), {
    useWebWorkers: false,
    filenameValidation: 'tolerant', // checked below, to be refused by name
    checkOverlappingEntry: true,
  });
  try {
    const entries: ZipEntry[] = [];
    for await (const entry of reader.getEntriesGenerator()) {
      if (entries.push(entry) > MAX_ENTRIES) throw refused(`it has more than ${MAX_ENTRIES} files`);
    }
    const codePage = guessCodePage(
      entries.filter(({ filenameUTF8 }) => !filenameUTF8).map(({ rawFilename }) => rawFilename),
    );
    const nameOf = ({ filenameUTF8, rawFilename, filename }: ZipEntry) =>
      filenameUTF8 || codePage === null ? filename : new TextDecoder(codePage).decode(rawFilename);
    const seen = new Set<string>();
    return entries.flatMap((entry) => {
      const path = checkedPath(nameOf(entry));
      if (entry.directory || path.endsWith('/') || SIDE_FILES.test(path)) return [];
      checkEntry(entry, path, seen);
      seen.add(path);
      const read = () =>
        entry.getData(new BlobWriter(), { checkSignature: true }).catch(notUnpacked(path));
      return [{ path, bytes: entry.uncompressedSize, read }];
    });
  } catch (error) {
    throw notUnpackedError('the ZIP', error);
  }
}

function checkEntry(entry: ZipEntry, path: string, seen: ReadonlySet<string>) {
  if (seen.has(path)) throw refused(`it has two files named ${path}`);
  if (entry.encrypted) throw refused(`${path} is encrypted`);
  if (entry.symlink) throw refused(`${path} is a link, not a file`);
  const { compressedSize, uncompressedSize: bytes } = entry;
  if (bytes > MAX_RATIO * Math.max(compressedSize, 64)) {
    throw refused(`${path} claims to unpack ${compressedSize} bytes into ${bytes}`);
  }
}

/**
 * The name with "/" between its parts: "./" says nothing, and old programs for Windows write "\\". Names that lead out of
 * the package are refused, not repaired: whoever made them meant harm.
 */
function checkedPath(raw: string): string {
  const path = raw.replaceAll('\\', '/');
  const parts = path.split('/').filter((part) => part !== '.');
  const unsafe =
    raw.length > LONGEST_PATH ||
    path.startsWith('/') ||
    /\0|^[a-zA-Z]:/.test(path) ||
    parts.includes('..') ||
    parts.length === 0;
  if (unsafe) throw refused(`the name "${raw.slice(0, 80)}" leads out of it`);
  return parts.join('/');
}

/** What macOS and Windows put beside the files: no part of any package. */
const SIDE_FILES = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i;

/** Code pages of old ZIP programs, the one that the format itself names (437) last. */
const CODE_PAGES = ['utf-8', 'shift_jis', 'gbk', 'big5', 'euc-kr'];

/**
 * The names of a ZIP that does not say that they are UTF-8, in the code page in which all of them make sense. A byte of
 * "\\" may be the second half of a letter there. Null: none does, and the library's reading stays.
 */
function guessCodePage(names: Uint8Array[]): string | null {
  if (names.every((name) => name.every((byte) => byte < 0x80))) return null;
  const fits = (label: string) => {
    try {
      const decoder = new TextDecoder(label, { fatal: true });
      // What falls into a private area is no letter of anybody's.
      return !names.some((name) => /[\uE000-\uF8FF\0]/.test(decoder.decode(name)));
    } catch {
      return false;
    }
  };
  return CODE_PAGES.find(fits) ?? null;
}

function notUnpacked(path: string) {
  return (error: unknown): never => {
    throw notUnpackedError(path, error);
  };
}

function notUnpackedError(what: string, error: unknown) {
  const { name, message } = error as Error;
  if (name === 'PackageRefused') return error as Error;
  return refused(`${what} could not be unpacked (${message})`, error);
}

function refused(why: string, cause?: unknown) {
  return appError(
    'PackageRefused',
    `This is not a model package that can be trusted: ${why}. Get the package again from where it was made.`,
    cause,
  );
}
