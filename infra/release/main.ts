/** What a release is made of, without publishing anything: `npm run release`, `npm run licences` and `npm run sbom`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { createCommand, runCommand } from '../command.ts'
import { buildRelease, type ReleaseOptions, sbom, stopAt } from './build.ts'
import { licenceFaults } from './licences.ts'
import { dist, shipped } from './project.ts'

const listLicences = (): void => {
  const all = shipped()
  for (const { name, version, licence } of all) console.log(`${licence.padEnd(14)} ${name}@${version}`)
  stopAt(licenceFaults(all))
  console.log(`${all.length} packages, each with a licence that is allowed`)
}

const writeSbom = (): void => {
  mkdirSync(dist, { recursive: true })
  const file = join(dist, 'kubeopencode.cdx.json')
  writeFileSync(file, sbom())
  console.log(relative(process.cwd(), file))
}

/** npm puts `git+` before it and `.git` behind it. */
const repositoryUrl = (value: string): string => {
  if (/^https:\/\/[^\s"'\\@]+[^\s"'\\@/]$/.test(value) && !value.endsWith('.git')) return value
  throw new InvalidArgumentError('It must be the https address of the repository, without .git at its end.')
}

const release = (): Command =>
  createCommand({
    name: 'npm run release --',
    usage: '[--tag TAG] [--repository URL] [--pinned | --no-images]',
    description:
      'Makes the files of a release in dist/release: the npm package, the chart, the manifests, the images, SBOMs, licences and checksums. Publishes nothing.',
    needs: [],
    examples: [
      'npm run release',
      'npm run release -- --no-images',
      'npm run release -- --pinned --tag v0.1.0 --repository https://git.example.com/org/project',
    ],
  })
    .option('--tag <tag>', 'refuse to go on unless this and the newest section of CHANGELOG.md are the version')
    .option(
      '--repository <url>',
      'where the npm package says it is built, as npm compares with its provenance',
      repositoryUrl,
    )
    .option(
      '--pinned',
      'build images of the base that is named by its digest, and of packages as they were at the commit',
    )
    .addOption(
      new Option('--no-images', 'leave the images out, which take minutes and a tool that builds images').conflicts(
        'pinned',
      ),
    )
    .action(async (options: ReleaseOptions) => {
      await buildRelease(options)
    })

const commands: Readonly<Record<string, () => Command>> = {
  release,
  licences: () =>
    createCommand({
      name: 'npm run licences',
      usage: '[--help]',
      description: 'Lists what is shipped with its licence; fails where one is not allowed.',
      needs: [],
      examples: ['npm run licences'],
    }).action(listLicences),
  sbom: () =>
    createCommand({
      name: 'npm run sbom',
      usage: '[--help]',
      description: 'Writes dist/kubeopencode.cdx.json: all that is shipped, as CycloneDX.',
      needs: [],
      examples: ['npm run sbom'],
    }).action(writeSbom),
}

const [, , name = '', ...words] = process.argv
const command = commands[name]
if (command === undefined) {
  console.error(`There is no command "${name}"; choose from ${Object.keys(commands).join(', ')}.`)
  console.error(`usage: node infra/release/main.ts ${Object.keys(commands).join('|')} [OPTIONS]`)
  process.exitCode = 2
} else await runCommand(command(), words)
