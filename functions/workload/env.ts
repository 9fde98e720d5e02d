import type { EnvVar } from 'kubernetes-types/core/v1'

/**
 * A value as it is. In a plain value Kubernetes puts another variable, perhaps a Secret's, in the place of `$(NAME)`;
 * a doubled dollar stands for one.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export const literal = (name: string, value: string): EnvVar => ({ name, value: value.replaceAll('$', () => '$$') })

/** A key of a Secret. One that may hold several forms has some keys and not others. */
export const fromSecret = (name: string, secret: string, key: string): EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key, optional: true } },
})

/** Each name once, the last one said: the apiserver refuses doubles where objects are applied. */
export const withoutDoubles = (env: readonly EnvVar[]): EnvVar[] => {
  const last = new Map(env.map((variable, index) => [variable.name, index]))
  return env.filter(({ name }, index) => last.get(name) === index)
}
