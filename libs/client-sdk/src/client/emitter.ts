/** Hands notices to the application's listeners. A listener that throws harms neither the others nor the engine. */
export class Emitter<Notices extends object> {
  private readonly listeners = new Map<keyof Notices, Set<(notice: never) => void>>();

  constructor(private readonly failed: (name: keyof Notices, error: unknown) => void) {}

  /** @returns a function that takes the listener off again */
  on<K extends keyof Notices>(name: K, listener: (notice: Notices[K]) => void): () => void {
    // Each registration stands for itself, also where one function is registered twice.
    const entry = (notice: Notices[K]): void => listener(notice);
    const entries = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, entries.add(entry));
    return () => void entries.delete(entry);
  }

  hasListener(name: keyof Notices): boolean {
    return (this.listeners.get(name)?.size ?? 0) > 0;
  }

  emit<K extends keyof Notices>(name: K, notice: Notices[K]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      try {
        (listener as (notice: Notices[K]) => void)(notice);
      } catch (error) {
        this.failed(name, error);
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
