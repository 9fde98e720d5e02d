/** Items of several sources as they come. Each source is asked for its next item only when its last one was taken. */
export async function* merged<T>(...sources: AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]())
  const pending = new Map(
    iterators.map((iterator, index) => [index, iterator.next().then((result) => ({ index, result }))] as const),
  )
  try {
    while (pending.size > 0) {
      const { index, result } = await Promise.race(pending.values())
      if (result.done) {
        pending.delete(index)
        continue
      }
      yield result.value
      const iterator = iterators[index]
      if (iterator)
        pending.set(
          index,
          iterator.next().then((next) => ({ index, result: next })),
        )
    }
  } finally {
    // Whoever still waits is told by the signal it waits with; its last word interests nobody.
    for (const one of pending.values()) one.catch(() => {})
    for (const iterator of iterators) void Promise.resolve(iterator.return?.(undefined)).catch(() => {})
  }
}
