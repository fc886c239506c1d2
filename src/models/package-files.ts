import type { DroppedFile } from '../../workers/api';
import { appError } from '../errors';

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
    return dropped.map(({ path, file }) => ({
      path: checkedPath(path),
      bytes: file.size,
      read: () => Promise.resolve(file),
    }));
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
  const files: PackageFile[] = [];
  const seen = new Set<string>();
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      const path = checkedPath(entry.filename);
      if (entry.directory) continue;
      if (seen.size >= MAX_ENTRIES) throw refused(`it has more than ${MAX_ENTRIES} files`);
      if (seen.has(path)) throw refused(`it has two files named ${path}`);
      if (entry.encrypted) throw refused(`${path} is encrypted`);
      if (entry.symlink) throw refused(`${path} is a link, not a file`);
      const { compressedSize, uncompressedSize: bytes } = entry;
      if (bytes > MAX_RATIO * Math.max(compressedSize, 64)) {
        throw refused(`${path} claims to unpack ${compressedSize} bytes into ${bytes}`);
      }
      seen.add(path);
      const read = () =>
        entry.getData(new BlobWriter(), { checkSignature: true }).catch(notUnpacked(path));
      files.push({ path, bytes, read });
    }
  } catch (error) {
    throw notUnpackedError('the ZIP', error);
  }
  return files;
}

/** Paths that lead out of the package are refused, not repaired: whoever made them meant harm. */
function checkedPath(raw: string): string {
  const parts = raw.split('/');
  const unsafe =
    raw.length > LONGEST_PATH ||
    raw.startsWith('/') ||
    /[\\\0]|^[a-zA-Z]:/.test(raw) ||
    parts.includes('..') ||
    parts.includes('.');
  if (unsafe) throw refused(`the name "${raw.slice(0, 80)}" leads out of it`);
  return raw;
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
