/** The same items in their order, at most `width` in each slice. */
export const slicesOf = <T>(items: readonly T[], width: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / width) }, (_, index) => items.slice(index * width, (index + 1) * width))
