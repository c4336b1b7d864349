/**
 * The conventions of CONTRIBUTING.md that no built-in rule of oxlint can hold.
 * Plain JavaScript, because oxlint loads it with whatever Node runs it.
 */

const typeStatements = new Set(['ImportDeclaration', 'TSInterfaceDeclaration', 'TSTypeAliasDeclaration']);

const portsHoldTypesOnly = {
  create(context) {
    return {
      Program(program) {
        for (const statement of program.body) {
          const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
          if (declared && !typeStatements.has(declared.type)) {
            context.report({
              node: statement,
              message:
                'A port holds types only, so that the domain depends on no code behind it. ' +
                'Put rules into the domain folder that owns the noun, and effects into src/adapters.',
            });
          }
        }
      },
    };
  },
};

const noDoubleAssertion = {
  create(context) {
    return {
      TSAsExpression(node) {
        if (node.expression.type === 'TSAsExpression') {
          context.report({
            node,
            message:
              'Two assertions in a row switch the compiler off. Parse what comes from outside with zod, ' +
              'or check a literal with `satisfies`.',
          });
        }
      },
    };
  },
};

/** `new Date()` and `Date()` read the clock; `new Date(milliseconds)` and `Date.parse(text)` do not. */
const noClock = {
  create(context) {
    function check(node) {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && (node.type === 'CallExpression' || node.arguments.length === 0)) {
        context.report({
          node,
          message:
            'This file reads no clock. Take `now: Date` as a parameter; services and step bodies are given a clock.',
        });
      }
    }
    return { NewExpression: check, CallExpression: check };
  },
};

/** The call that a function consists of, where it consists of one. */
function onlyCallOf(callback) {
  if (callback.body.type !== 'BlockStatement') {
    return callback.body;
  }
  const [statement, ...others] = callback.body.body;
  return others.length === 0 && statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
}

const noSleeping = {
  create(context) {
    return {
      NewExpression(node) {
        const [callback] = node.arguments;
        const isExecutor = callback?.type === 'ArrowFunctionExpression' || callback?.type === 'FunctionExpression';
        if (node.callee.name !== 'Promise' || !isExecutor) {
          return;
        }
        const call = onlyCallOf(callback);
        if (call?.type === 'CallExpression' && call.callee.name === 'setTimeout') {
          context.report({
            node,
            message:
              'A test that sleeps is slow when it passes and flaky when it fails. ' +
              'Wait for the event itself, ask with `Prefer: wait`, or give the code a clock of the test.',
          });
        }
      },
    };
  },
};

const zodAsNamespace = {
  create(context) {
    return {
      ImportDeclaration(node) {
        const isValue = node.importKind !== 'type';
        if (node.source.value === 'zod' && isValue && node.specifiers[0]?.type !== 'ImportNamespaceSpecifier') {
          context.report({
            node,
            message:
              "Write `import * as z from 'zod'`: a bundler drops what is unused of a namespace, " +
              'while `{ z }` brings all of it (five times the size).',
          });
        }
      },
    };
  },
};

/** A dynamic import, which is what is asked for, is another kind of node. */
const schemasLoadLazily = {
  create(context) {
    return {
      ImportDeclaration(node) {
        const isSchema = node.source.value === 'zod' || node.source.value.endsWith('.schema.ts');
        if (isSchema && node.importKind !== 'type') {
          context.report({
            node,
            message:
              'A schema is loaded when a request needs it, because its library costs a cold start more than all else: ' +
              "`schema: async () => (await import('./noun.schema.ts')).nounSchema`.",
          });
        }
      },
    };
  },
};

export default {
  meta: { name: 'fleet' },
  rules: {
    'no-clock': noClock,
    'no-double-assertion': noDoubleAssertion,
    'no-sleeping': noSleeping,
    'ports-hold-types-only': portsHoldTypesOnly,
    'schemas-load-lazily': schemasLoadLazily,
    'zod-as-namespace': zodAsNamespace,
  },
};
