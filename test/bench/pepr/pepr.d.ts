/** As far as the benchmark uses it. */
declare module 'pepr' {
  interface Verdict {
    readonly allowed: boolean
  }
  interface Request {
    readonly Raw: object
    readonly Request: { readonly userInfo: { readonly username?: string }; readonly oldObject?: object }
  }
  interface MutateRequest extends Request {
    Merge(object: object): void
  }
  interface ValidateRequest extends Request {
    Approve(warnings?: string[]): Verdict
    Deny(message: string, code: number, warnings?: string[]): Verdict
  }
  interface Chain {
    IsCreatedOrUpdated(): Chain
    Mutate(action: (request: MutateRequest) => void): Chain
    Validate(action: (request: ValidateRequest) => Verdict): Chain
  }
  type KindClass = new () => object

  export const a: { readonly GenericKind: KindClass }
  export const RegisterKind: (model: KindClass, kind: object) => void
  export class Capability {
    constructor(options: { name: string; description: string; namespaces: string[] })
    When(model: KindClass): Chain
  }
  export class PeprModule {
    constructor(about: object, capabilities: Capability[], options: { deferStart: boolean })
    start(port: number): void
  }
}
