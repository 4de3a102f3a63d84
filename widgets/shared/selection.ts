/** What is pointed at and what is pinned, by stable id, shared by every view: a pair marked anywhere is marked everywhere. */

export interface Selection {
  /** The pair under the pointer or the keyboard's place, or null. */
  readonly pointed: string | null;
  /** Pairs that stay marked, in the order of pinning. */
  readonly pinned: readonly string[];
  point(id: string | null): void;
  /** Pins the pair, or lets it go where it was pinned. */
  toggle(id: string): void;
  clear(): void;
  /** Calls `listener` after each change until the returned function is called or `invalidation` resolves. */
  subscribe(listener: () => void, invalidation?: Promise<unknown>): () => void;
}

/** A selection of its own, for views that should not follow the others. */
export function createSelection(): Selection {
  const listeners = new Set<() => void>();
  let pointed: string | null = null;
  let pinned: string[] = [];
  const tell = () => listeners.forEach((listener) => listener());
  return {
    get pointed() {
      return pointed;
    },
    get pinned() {
      return pinned;
    },
    point(id) {
      if (id === pointed) return;
      pointed = id;
      tell();
    },
    toggle(id) {
      pinned = pinned.includes(id) ? pinned.filter((other) => other !== id) : [...pinned, id];
      tell();
    },
    clear() {
      if (pointed === null && pinned.length === 0) return;
      pointed = null;
      pinned = [];
      tell();
    },
    subscribe(listener, invalidation) {
      listeners.add(listener);
      const stop = () => void listeners.delete(listener);
      void invalidation?.then(stop);
      return stop;
    }
  };
}

/** The pinned pairs as a link carries them; undefined where there are none. */
export const pinnedOf = (selection: Selection): readonly string[] | undefined => (selection.pinned.length > 0 ? [...selection.pinned] : undefined);

/** Pins what a link carried, beside what is pinned already. */
export function pinAll(selection: Selection, ids: readonly string[] = []): void {
  for (const id of ids) if (!selection.pinned.includes(id)) selection.toggle(id);
}

/** A link's word for what was chosen: undefined where nothing differs from the beginning. */
export function chosen<T extends object>(state: T): T | undefined {
  return Object.values(state).some((value) => value !== undefined) ? state : undefined;
}

/** The selection of a page: every widget takes it unless told otherwise. */
export const sharedSelection = createSelection();
