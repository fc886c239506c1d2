/**
 * Takes the constructors of WebRTC away, which no Content-Security-Policy covers. Imported first by every page's
 * entry; workers have none that could connect. Code that means harm could fetch them back from an empty frame: this
 * is for libraries that do more than they should.
 */
const NAMES = ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCIceTransport', 'RTCDataChannel'];

for (const name of NAMES) Reflect.deleteProperty(globalThis, name);
