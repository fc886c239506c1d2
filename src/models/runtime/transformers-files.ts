import { env } from '@huggingface/transformers';

/** Sets of files that transformers.js may read now, by the names it was told. */
const given = new Map<string, Readonly<Record<string, string>>>();
let count = 0;

/**
 * Lets transformers.js load something from these texts, by their file names, and from nowhere else: remote models are off,
 * its fetch finds nothing, and its cache holds only what is given here. `load` is told the name to ask for.
 */
export async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  load: (name: string) => Promise<T>,
): Promise<T> {
  forbidRemote();
  // Another name each time, for it remembers what it found under one.
  const name = `given-${++count}`;
  given.set(name, files);
  try {
    return await load(name);
  } finally {
    given.delete(name);
  }
}

function forbidRemote() {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.fetch = () => Promise.resolve(new Response(null, { status: 404 }));
  env.useCustomCache = true;
  env.customCache = {
    match(path: string) {
      const [file, name] = path.split('/').reverse();
      const text = given.get(name)?.[file];
      return Promise.resolve(text === undefined ? undefined : new Response(text));
    },
    put: () => Promise.resolve(),
  };
}
