// Lints an OpenAPI description: structure, references, and the rules below. Prints
// `file:line: message (rule)` for each problem; exit code 1 when there is an error.
import path from 'node:path';
import process from 'node:process';
import {createConfig, getLineColLocation, lint} from '@redocly/openapi-core';

const RULES = {
  'struct': 'error',
  'no-unresolved-refs': 'error',
  'no-unused-components': 'error',
  'no-schema-type-mismatch': 'error',
  'no-enum-type-mismatch': 'error',
  'no-invalid-media-type-examples': 'error',
  'no-invalid-schema-examples': 'error',
  'no-ambiguous-paths': 'error',
  'no-identical-paths': 'error',
  'no-path-trailing-slash': 'error',
  'no-undefined-server-variable': 'error',
  'operation-operationId': 'error',
  'operation-operationId-unique': 'error',
  'operation-operationId-url-safe': 'error',
  'operation-parameters-unique': 'error',
  'operation-summary': 'error',
  'operation-tag-defined': 'error',
  'operation-2xx-response': 'error',
  'path-declaration-must-exist': 'error',
  'path-not-include-query': 'error',
  'path-parameters-defined': 'error',
  'security-defined': 'error',
  'spec-components-invalid-map-name': 'error',
  'tag-description': 'error',
  'info-license': 'error',
};

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node tools/lint_openapi.mjs FILE...');
  process.exit(2);
}

const config = await createConfig({rules: RULES});
let errors = 0;
for (const file of files) {
  for (const problem of await lint({ref: path.resolve(file), config})) {
    const at = getLineColLocation(problem.location[0]);
    const where = path.relative(process.cwd(), at.source.absoluteRef);
    console.log(`${where}:${at.start.line}: ${problem.message} (${problem.ruleId})`);
    if (problem.severity === 'error') errors += 1;
  }
}
if (errors > 0) process.exit(1);
