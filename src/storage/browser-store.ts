/** Objects kept in this browser's IndexedDB, for what local storage cannot hold: files and handles of files. */
import {inWords} from "./errors.ts";

export interface BrowserStore<T> {
  all(): Promise<T[]>;
  get(key: IDBValidKey): Promise<T | undefined>;
  put(value: T): Promise<unknown>;
  remove(key: IDBValidKey): Promise<unknown>;
}

/** A database with one store of objects, told apart by `keyPath`; opened for each question. Everything rejects with a StorageError where the browser keeps nothing. */
export function browserStore<T>(database: string, keyPath: string | string[]): BrowserStore<T> {
  const open = () =>
    new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("files", {keyPath});
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const ask = <R>(mode: IDBTransactionMode, question: (store: IDBObjectStore) => IDBRequest<R>): Promise<R> =>
    inWords("what this browser keeps of your notebooks", async () => {
      const opened = await open();
      try {
        return await new Promise<R>((resolve, reject) => {
          const transaction = opened.transaction("files", mode);
          const request = question(transaction.objectStore("files"));
          // A full disk is told at the end of a transaction: what was asked may have gone well before.
          transaction.oncomplete = () => resolve(request.result);
          transaction.onabort = () => reject(transaction.error ?? request.error);
          request.onerror = () => reject(request.error);
        });
      } finally {
        opened.close();
      }
    });
  return {
    all: () => ask("readonly", (store) => store.getAll() as IDBRequest<T[]>),
    get: (key) => ask("readonly", (store) => store.get(key) as IDBRequest<T | undefined>),
    put: (value) => ask("readwrite", (store) => store.put(value)),
    remove: (key) => ask("readwrite", (store) => store.delete(key))
  };
}
