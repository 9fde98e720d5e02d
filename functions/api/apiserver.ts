/** Who asks. The API has no rights of its own: every request to the apiserver is made as its caller. */
export type Caller =
  | { readonly kind: 'token'; readonly token: string }
  /** The person on whose machine the API runs, with the credentials of their own kubeconfig. */
  | { readonly kind: 'local' }

export interface Ask {
  /** GET without it. */
  readonly method?: string
  /** Path and query at the apiserver, encoded. */
  readonly path: string
  /** An object is sent as JSON. */
  readonly body?: object | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  /** The answer may go on for ever; only the time to its first byte is bounded. */
  readonly isStream?: boolean
  readonly signal?: AbortSignal
}

/** The apiserver as one caller reaches it. Any status code is an answer; throws RetryableError where there is none. */
export type Apiserver = (ask: Ask) => Promise<Response>

/** No caller: what anybody may ask, such as whether the apiserver is there. */
export type ApiserverOf = (caller: Caller | undefined) => Apiserver
