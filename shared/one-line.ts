/**
 * Words of others as part of a sentence: one line, without control, direction-changing or broken characters. What joins
 * letters goes with them, so that joined emoji come apart.
 */
export const oneLine = (text: string): string => text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim()
