import type { Registry } from 'prom-client'

/** Series of one scrape: `name{labels}` and the value. */
const series = (text: string): [string, number][] =>
  text.split('\n').flatMap((line): [string, number][] => {
    const [, name, value] = /^(kubeopencode_.*) (\S+)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, Number(value)]]
  })

/** Prometheus says of each series where it has read it. */
const readFrom = (name: string, instance: string): string => {
  const [metric, labels] = name.replace(/}$/, '').split('{')
  return `${metric}{${labels ? `${labels},` : ''}instance="${instance}"}`
}

/** What Prometheus reads of some registries, a scrape each minute, on promtool's clock, which begins with the first. */
export const createTimeline = (registries: readonly Registry[]) => {
  const began = Date.now() / 1000
  const scrapes: Map<string, number>[] = []
  const told = (name: string, value: number): number =>
    /^kubeopencode_\w+_timestamp_seconds\b/.test(name) ? value - began : value
  return {
    scrape: async (): Promise<void> => {
      const texts = await Promise.all(registries.map((registry) => registry.metrics()))
      scrapes.push(new Map(texts.flatMap(series).map(([name, value]) => [name, told(name, value)])))
    },
    /** As promtool's input_series, of so many copies that all tell the same; `_` is a scrape without that series. */
    inputSeries: (copies: number): { series: string; values: string }[] => {
      const names = new Set(scrapes.flatMap((scrape) => [...scrape.keys()]))
      const instances = Array.from({ length: copies }, (_, index) => `10.0.0.${index + 1}:8080`)
      return [...names].flatMap((name) => {
        const values = scrapes.map((scrape) => scrape.get(name) ?? '_').join(' ')
        return instances.map((instance) => ({ series: readFrom(name, instance), values }))
      })
    },
  }
}
