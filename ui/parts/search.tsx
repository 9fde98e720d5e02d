import { setQuery } from '../shell/router.ts'

/** Where the text that a list is searched for is typed; it stands in the address. */
export const Search = ({ text }: { readonly text: string }) => (
  <div class="toolbar">
    <div class="fields">
      <input
        class="field grow"
        type="search"
        aria-label="Search"
        placeholder="Search  /"
        value={text}
        onInput={(event) => setQuery({ q: event.currentTarget.value || undefined })}
      />
    </div>
  </div>
)
