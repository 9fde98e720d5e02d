import { clock } from '../clock.ts'
import { readTracesTo } from './environment.ts'
import type { Exporter, ExporterOptions } from './exporter.ts'
import { createExporter } from './exporter.ts'

/** The exporter that the variables ask for; undefined where they name no collector. Throws as readTracesTo. */
export const exporterFrom = (
  variables: Readonly<Record<string, string | undefined>>,
  options: Omit<ExporterOptions, 'to' | 'fetch' | 'clock'>,
): Exporter | undefined => {
  const to = readTracesTo(variables)
  return to && createExporter({ ...options, to, clock, fetch: (url, init) => fetch(url, init) })
}
