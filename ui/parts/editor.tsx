/** YAML to be written by hand. Tab moves on to what comes next, as everywhere else on the page. */
export const Editor = ({
  label,
  value,
  onInput,
}: {
  label: string
  value: string
  onInput: (text: string) => void
}) => {
  const count = value.split('\n').length
  return (
    <div class="editor">
      <div class="editor-numbers" aria-hidden="true">
        {Array.from({ length: count }, (_, index) => index + 1).join('\n')}
      </div>
      <textarea
        class="editor-text"
        aria-label={label}
        wrap="off"
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        rows={Math.max(count, 8)}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  )
}
