import type { DiffLine } from '../text/diff.ts'

/** Lines that come and go, each with its sign: colour alone says nothing to some. */
export const Diff = ({ lines, label }: { readonly lines: readonly DiffLine[]; readonly label: string }) => (
  <pre class="diff" tabIndex={0} role="region" aria-label={label}>
    {lines.map(({ sign, text }, index) => (
      <span key={index} class={sign === '+' ? 'added' : sign === '-' ? 'removed' : ''}>
        {sign} {text}
      </span>
    ))}
  </pre>
)
