/**
 * Resolves in a new task, so that a worker can receive messages first (`cancel` among them). A resolved promise
 * would not do: it continues in the same task. Timers would: but they are clamped to 4 ms when nested.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
