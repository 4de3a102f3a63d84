/**
 * What a module exports, with the comment that stands before each and how it is called: for completion in the editor.
 * Reads sources only, without resolving types. Plain JavaScript, because the bundler itself uses it.
 */
import {existsSync, readFileSync} from "node:fs";
import {dirname, resolve} from "node:path";
import ts from "typescript";

/** `[{label, from, signature, doc}]` for every value (no types) that `entry` exports. */
export function describeExports(entry, from) {
  const found = new Map();
  collect(resolve(entry), null, new Set());
  return [...found.values()];

  /** Adds the exports of a file: all of them, or those in `wanted` (exported name -> name outside). */
  function collect(path, wanted, seen) {
    const key = `${path} ${wanted ? [...wanted.keys()] : "*"}`;
    if (seen.has(key) || !existsSync(path)) return;
    seen.add(key);
    const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ESNext, true);
    const imported = new Map();
    const next = (specifier, names) => specifier.startsWith(".") && collect(resolve(dirname(path), specifier), names, seen);
    for (const statement of source.statements) {
      if (ts.isImportDeclaration(statement) && !statement.importClause?.isTypeOnly) {
        for (const element of statement.importClause?.namedBindings?.elements ?? []) imported.set(element.name.text, [statement.moduleSpecifier.text, (element.propertyName ?? element.name).text]);
      } else if (ts.isExportDeclaration(statement) && !statement.isTypeOnly) exportDeclaration(statement, imported, next);
      else if (statement.modifiers?.some(({kind}) => kind === ts.SyntaxKind.ExportKeyword)) add(statement);
    }
    // `export {x}` of a thing declared here.
    for (const statement of source.statements) {
      if (ts.isExportDeclaration(statement) && !statement.moduleSpecifier && !statement.isTypeOnly && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
        const local = new Map(statement.exportClause.elements.filter((e) => !e.isTypeOnly).map((e) => [(e.propertyName ?? e.name).text, e.name.text]));
        for (const declared of source.statements) add(declared, local);
      }
    }

    function exportDeclaration(statement, imported, next) {
      const clause = statement.exportClause;
      const specifier = statement.moduleSpecifier?.text;
      const outside = (name) => (wanted ? wanted.get(name) : name);
      if (!clause) return specifier && next(specifier, wanted);
      if (!ts.isNamedExports(clause)) return;
      const names = clause.elements.filter((e) => !e.isTypeOnly && outside(e.name.text)).map((e) => [(e.propertyName ?? e.name).text, outside(e.name.text)]);
      if (specifier) return names.length > 0 && next(specifier, new Map(names));
      for (const [name, as] of names) if (imported.has(name)) next(imported.get(name)[0], new Map([[imported.get(name)[1], as]]));
    }

    function add(statement, names = wanted) {
      const one = (node, signature) => {
        const name = node.name?.text;
        const label = names ? names.get(name) : name;
        if (!label || found.has(label)) return;
        const doc = ts.getJSDocCommentsAndTags(node).map((comment) => (typeof comment.comment === "string" ? comment.comment : ts.getTextOfJSDocComment(comment.comment) ?? "")).filter(Boolean).join("\n\n");
        found.set(label, {label, from, signature: signature.replace(/\s+/g, " ").trim().slice(0, 300), doc});
      };
      const heading = (node) => node.getText(source).slice(0, (node.body?.getStart(source) ?? node.getEnd()) - node.getStart(source));
      if (ts.isFunctionDeclaration(statement)) one(statement, heading(statement).replace(/^export\s+(async\s+)?function\*?\s*/, ""));
      else if (ts.isClassDeclaration(statement)) one(statement, `class ${statement.name?.text}`);
      else if (ts.isVariableStatement(statement)) {
        for (const declaration of statement.declarationList.declarations) {
          const isFunction = declaration.initializer && ts.isArrowFunction(declaration.initializer);
          one(declaration, isFunction ? `${declaration.name.getText(source)}${heading(declaration.initializer).replace(/=>\s*$/, "")}` : `${declaration.name.getText(source)}${declaration.type ? `: ${declaration.type.getText(source)}` : ""}`);
        }
      }
    }
  }
}
