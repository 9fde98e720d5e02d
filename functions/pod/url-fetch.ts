import { lookup } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { addressFault } from '../../shared/addresses.ts'
import { writeAtomically } from './files.ts'
import { HelperFault, type Helper } from './helper.ts'
import { withSlotFilled } from './slots.ts'
import { fetchContent, type Network } from './url/fetch.ts'
import { readUrlInputs } from './url/inputs.ts'

const textOf = (content: Buffer, where: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (cause) {
    throw new HelperFault(`${where} is no UTF-8 text and cannot be joined; give the context a mountPath.`, { cause })
  }
}

/** The joined contexts with the content in its frame. */
const joined = async (target: string, slot: number, content: string): Promise<string> => {
  const document = await readFile(target, 'utf8').catch(() => '')
  const filled = withSlotFilled(document, slot, content)
  if (filled === undefined)
    throw new HelperFault(`The file ${target} has no place for this content; context-init did not write it.`)
  return filled
}

/** `network` says what names mean and which addresses are good; tests have their own. */
export const urlFetchOn = (network: Network): Helper => ({
  purpose: 'fetches one file over HTTP; never from loopback, link-local or metadata addresses',
  variables: {
    URL_SOURCE: 'https:// or http:// address (required)',
    URL_TARGET: 'file to write (required)',
    URL_SLOT: 'number of the slot in URL_TARGET, the joined contexts, that gets the content instead',
    URL_FILE_MODE: 'permissions as a decimal number, default 420 (0644)',
    URL_HEADERS: 'JSON object of header names and values',
    URL_AUTH_TOKEN: 'bearer token',
    URL_AUTH_USERNAME: 'for basic authentication',
    URL_AUTH_PASSWORD: 'for basic authentication',
    URL_AUTH_HEADER: 'a whole header, as "Name: value"',
    URL_AUTH_HOSTS: 'hosts that the Secret may be sent to; any if unset',
    URL_SECRET: 'name of the Secret that the four come from',
    URL_TIMEOUT: 'seconds for everything, default 30',
    URL_RETRIES: 'tries, default 3',
    URL_MAX_BYTES: 'default 10485760',
    URL_INSECURE: 'true skips the verification of certificates',
    URL_ALLOW_PRIVATE: 'false refuses private addresses, default true',
    URL_ALLOWED_HOSTS: 'comma-separated hosts; any if unset',
    CUSTOM_CA_CERT_PATH: 'PEM certificates to trust besides those of the system',
    'HTTP_PROXY, HTTPS_PROXY, NO_PROXY': 'the way out, also in lower case',
  },
  run: async (env, print) => {
    const inputs = readUrlInputs(env)
    const { source, target, slot, mode } = inputs
    const where = `${source.origin}${source.pathname}`
    const content = await fetchContent(inputs, network, print)
    await (slot === undefined
      ? writeAtomically(target, content, mode)
      : writeAtomically(target, await joined(target, slot, textOf(content, where)), 0o644))
    print(`wrote ${content.length} bytes from ${where} to ${target}`)
  },
})

export const urlFetch = urlFetchOn({ resolve: lookup, addressFault })
