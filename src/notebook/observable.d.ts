/** The parts that we use of packages which bring no types of their own. */

declare module "@observablehq/runtime" {
  export class RuntimeError extends Error {
    input?: string;
  }
  export interface Observer {
    pending?(): void;
    fulfilled?(value: unknown, name?: string): void;
    rejected?(error: unknown, name?: string): void;
    /** Where `visibility` looks. */
    _node?: Element;
  }
  export interface Variable {
    readonly _module: Module;
    readonly _shadow: Map<string, Variable> | null;
    readonly _version: number;
    define(name: string | null, inputs: string[], definition: (...inputs: never[]) => unknown): Variable;
    define(inputs: string[], definition: (...inputs: never[]) => unknown): Variable;
    delete(): Variable;
    constructor: new (type: number, module: Module, observer?: Observer | null, options?: {shadow?: object}) => Variable;
  }
  export interface Module {
    variable(observer?: Observer | true, options?: {shadow?: Record<string, () => unknown>}): Variable;
  }
  export class Runtime {
    constructor(builtins?: Record<string, () => unknown>, global?: (name: string) => unknown);
    _disposed: boolean;
    _computing: Promise<void> | null;
    _computeNow(): Promise<void>;
    _computeSoon(): Promise<void>;
    module(): Module;
    dispose(): void;
  }
}

declare module "@observablehq/inspector" {
  export class Inspector {
    constructor(node: Element);
    fulfilled(value: unknown, name?: string): void;
    rejected(error: unknown, name?: string): void;
  }
}

declare module "*.css?text" {
  const text: string;
  export default text;
}
