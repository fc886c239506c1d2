/** Until somebody says otherwise: pages without pictures hold nothing to protect. */
let plain = () => true;

/** Says where what people type and make may lie on the disk in clear: not under encryption, and not in a session. */
export function tellKeepsPlain(where: () => boolean) {
  plain = where;
}

export function keepsPlain(): boolean {
  return plain();
}
