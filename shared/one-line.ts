/**
 * Words of others as part of a sentence or a table: one line, without control, direction-changing or broken characters.
 */
export const oneLine = (text: string): string => text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim()
