import type { CodecAnswer, CodecJob } from '../src/image/dicom/codec-worker';
import { decodeWithCodec, decodeJpegLossless, loadCodec } from '../src/image/dicom/dicom-codecs';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();

/** Decodes the compressed frames of DICOM files; whoever started it ends it when it takes too long. */
self.onmessage = async ({ data: { codec, encoded, bits } }: MessageEvent<CodecJob>) => {
  const answer = (what: CodecAnswer, moved: Transferable[] = []) => self.postMessage(what, moved);
  try {
    await loadCodec(codec);
    answer({ started: true });
    const frame =
      codec === 'jpeg-lossless'
        ? await decodeJpegLossless(encoded, bits)
        : await decodeWithCodec(codec, encoded);
    answer({ frame }, [frame.bytes.buffer]);
  } catch (error) {
    // Codecs throw numbers, too.
    if (!(error instanceof Error)) answer({ error: String(error), named: false });
    else answer({ error: error.message, named: error.name === 'ImageUnreadable' });
  }
};
