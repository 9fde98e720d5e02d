// The package's main file also exports a parser of files, and with it `fs`, which not every runtime has.
declare module 'cron-parser/dist/CronExpressionParser.js' {
  export { CronExpressionParser } from 'cron-parser'
}
