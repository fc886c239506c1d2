/**
 * What the tabs of this site tell each other about a store that all of them may open. A tab does not hear itself. Where
 * there is no channel (a store in memory) nothing is told.
 */
export class TabChannel<Message> {
  #channel: BroadcastChannel | null;

  constructor(name: string | null, onMessage: (message: Message) => void) {
    this.#channel = name === null ? null : new BroadcastChannel(name);
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<Message>) =>
      onMessage(data),
    );
  }

  tell(message: Message) {
    this.#channel?.postMessage(message);
  }

  close() {
    this.#channel?.close();
    this.#channel = null;
  }
}
