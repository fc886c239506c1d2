/** Tells by the channel "adapters" each time that this worker asks for a graphics device. */
export function tellAdapters() {
  const channel = new BroadcastChannel('adapters');
  const request = navigator.gpu.requestAdapter.bind(navigator.gpu);
  navigator.gpu.requestAdapter = (options) => {
    channel.postMessage(self.name);
    return request(options);
  };
}
