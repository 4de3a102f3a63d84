import tseslint from "typescript-eslint";

// Types are tsc's business; lint keeps the few habits that tsc cannot see.
export default tseslint.config(
  {ignores: ["node_modules/", "dist/", "out/", ".cache/", "data/", "src/kernels/*/wasm.ts", "src/kernels/**/*.as.ts", "src/kernels/build/"]},
  {
    files: ["**/*.ts", "**/*.mjs"],
    extends: [tseslint.configs.base],
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", {argsIgnorePattern: "^_", varsIgnorePattern: "^_"}],
      "no-var": "error",
      "prefer-const": "error",
      "no-empty": "error",
      "eqeqeq": ["error", "always", {null: "ignore"}],
      "no-debugger": "error",
      "max-lines": ["warn", {max: 300, skipBlankLines: true, skipComments: true}]
    }
  }
);
