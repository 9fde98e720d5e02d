/** Each script asks the program itself what may follow, so that it never lags behind. Words come back one to a line, with a tab before their description. */
const bash = `# kubeoc completion for bash: source <(kubeoc completion bash)
_kubeoc() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o default 2>/dev/null
      COMPREPLY=()
      return
    fi
    line="\${line%%$'\\t'*}"
    case "$line" in "$current"*) COMPREPLY+=("$line") ;; esac
  done < <(kubeoc __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ "\${#COMPREPLY[@]}" -eq 1 ]; then
    case "\${COMPREPLY[0]}" in */) compopt -o nospace 2>/dev/null ;; esac
  fi
}
complete -F _kubeoc kubeoc
`

const zsh = `#compdef kubeoc
# kubeoc completion for zsh: kubeoc completion zsh > "\${fpath[1]}/_kubeoc"
_kubeoc() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      _files
      return
    fi
    found+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done < <(kubeoc __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -t values 'kubeoc' found
}
if [ "$funcstack[1]" = "_kubeoc" ]; then
  _kubeoc "$@"
else
  compdef _kubeoc kubeoc
fi
`

const fish = `# kubeoc completion for fish: kubeoc completion fish > ~/.config/fish/completions/kubeoc.fish
function __kubeoc_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (kubeoc __complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c kubeoc -f -a '(__kubeoc_complete)'
`

export const script = (shell: 'bash' | 'zsh' | 'fish'): string => ({ bash, zsh, fish })[shell]
