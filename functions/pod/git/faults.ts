/** What git says, as a sentence that names the repository and the remedy. Pure. */
export type GitFault = { readonly message: string; readonly isPassing: boolean }

export type FaultContext = {
  readonly repository: string
  readonly ref: string
  readonly hasCredentials: boolean
  /** What was tried, `cloned` unless it says otherwise. */
  readonly tried?: 'cloned' | 'fetched'
  /** Values that must not appear in any output. */
  readonly secrets: readonly string[]
}

export const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((clean, secret) => (secret.length > 0 ? clean.replaceAll(secret, '***') : clean), text)

const lastWords = (stderr: string): string => {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter(Boolean)
  const line = lines.findLast((text) => /^(fatal|error|remote|ssh):/.test(text)) ?? lines.at(-1) ?? 'no reason given'
  return line.replace(/^(fatal|error): /, '').slice(0, 300)
}

type Case = readonly [RegExp, (context: FaultContext) => string]

const lasting: readonly Case[] = [
  [
    /Remote branch .* not found|couldn't find remote ref|did not match any|not a (commit|tree)|unable to read tree|not our ref|reference is not a tree|unknown revision|bad object/i,
    ({ ref }) => `has no branch, tag or commit "${ref}"; correct ref`,
  ],
  [
    /Authentication failed|could not read (Username|Password)|Permission denied \(|HTTP (401|403)|error: 40[13]|returned error: 40[13]|invalid credentials/i,
    ({ hasCredentials }) =>
      hasCredentials
        ? 'refuses the credentials; check the Secret named in secretRef'
        : 'asks for credentials; name a Secret in secretRef',
  ],
  [
    /repository .*not found|does not appear to be a git repository|returned error: 404|not valid: is this a git repository/i,
    ({ hasCredentials }) =>
      `does not exist${hasCredentials ? ' or its credentials may not see it' : ' or needs credentials'}; correct repository or secretRef`,
  ],
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    () => 'has another host key than known_hosts says; correct known_hosts in the Secret',
  ],
  [
    /certificate (problem|verif|is not trusted|signature)|self[- ]signed certificate|unable to get local issuer|SSL certificate/i,
    () => "has a certificate that is not trusted; put its CA in the Agent's caBundle",
  ],
  [
    /error in libcrypto|invalid format|Load key/i,
    () => 'cannot be reached with the SSH key of the Secret; it is not a private key in OpenSSH or PEM form',
  ],
  [
    /transport .* not allowed/i,
    () => 'uses a submodule with a forbidden protocol; only https, http and ssh are allowed',
  ],
  [/No space left on device|Disk quota exceeded/i, () => 'does not fit on the volume; make it larger or reduce depth'],
]

/** Failures that time does not mend are not tried again. */
export const gitFault = (stderr: string, context: FaultContext): GitFault => {
  const name = `Git repository ${context.repository}`
  const known = lasting.find(([pattern]) => pattern.test(stderr))
  const words = redact(lastWords(stderr), context.secrets)
  if (known) return { message: `${name} ${known[1](context)} (git: ${words}).`, isPassing: false }
  return {
    message: `${name} could not be ${context.tried ?? 'cloned'}; check its address, the network and the proxy (git: ${words}).`,
    isPassing: true,
  }
}
