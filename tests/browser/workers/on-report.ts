/** What a report of progress says of the step, of whatever worker. */
interface Reported {
  stage?: string;
  component?: string;
  step?: number;
  done?: number;
}

/** Calls back with the name of each step of this worker as it is reported to the page: "denoise 2". */
export function onReport(listener: (step: string) => void) {
  const { postMessage } = MessagePort.prototype as {
    postMessage: (this: MessagePort, message: unknown, transfer?: Transferable[]) => void;
  };
  MessagePort.prototype.postMessage = function (message: unknown, transfer?: unknown) {
    // As comlink calls a function of the page.
    const { argumentList } = (message ?? {}) as { argumentList?: { value?: Reported }[] };
    const { stage, component, step, done } = argumentList?.[0]?.value ?? {};
    if (stage)
      listener([stage, component ?? step ?? done].filter((x) => x !== undefined).join(' '));
    postMessage.call(this, message, (transfer as Transferable[] | undefined) ?? []);
  };
}
