import { ANY_THREAD, tryOutside, type TryResult, type Way } from '../privacy/outside-check';

/** The ways out that only a page has. */
const PAGE_WAYS: Record<string, Way> = {
  ...ANY_THREAD,
  sendBeacon: (url) => navigator.sendBeacon(url, 'check'),
  image: (url) => {
    new Image().src = url;
  },
  frame: (url) => {
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.src = url;
    document.body.append(frame);
    setTimeout(() => frame.remove(), 2000);
  },
  WebRTC: (url) => {
    const connection = new RTCPeerConnection({
      iceServers: [{ urls: `stun:${new URL(url).host}` }],
    });
    connection.createDataChannel('check');
    setTimeout(() => connection.close(), 2000);
    return connection.setLocalDescription();
  },
};

/** Tries every way out to the host of this address, from the page and from a worker. */
export async function checkOutside(address: string): Promise<TryResult[]> {
  const { origin } = new URL(address);
  const inPage = await tryOutside(origin, PAGE_WAYS);
  return [...inPage, ...(await checkInWorker(origin))];
}

function checkInWorker(origin: string): Promise<TryResult[]> {
  const worker = new Worker(new URL('../../workers/outside-check.worker.ts', import.meta.url), {
    type: 'module',
  });
  const done = new Promise<TryResult[]>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<TryResult[]>) => resolve(data);
    worker.onerror = (event) => reject(new Error(`The check's worker failed (${event.message}).`));
  });
  worker.postMessage(origin);
  return done.finally(() => worker.terminate());
}
