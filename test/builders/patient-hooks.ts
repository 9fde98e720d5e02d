import { hooks } from '../../webhooks/table.ts'

const hookSeconds = 30

/**
 * Our hooks where a test's own process serves them, which may be busy for longer than an observer is waited for. A hint that
 * is lost so is found by the next sweep, and these tests have none.
 */
export const patientHooks = hooks.map((hook) => ({ ...hook, timeoutSeconds: hookSeconds }))
