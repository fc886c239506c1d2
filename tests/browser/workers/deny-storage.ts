/** What strict privacy settings do to a worker: opening any database fails. */
IDBFactory.prototype.open = () => {
  throw new DOMException('The operation is insecure.', 'SecurityError');
};
