/** Whether what is typed comes back after a reload; until somebody says so, it does not. */
let kept: () => boolean = () => false;

/** Says when it does: never under encryption or in a session, for it would lie on the disk. */
export function tellTypedIsKept(where: () => boolean) {
  kept = where;
}

export function isTypedKept(): boolean {
  return kept();
}
