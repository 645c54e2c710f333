/** What docs and reviews ask for and no published rule checks. Used by eslint.config.mjs. */

/** `value as Type` is a promise that the compiler cannot check: it stands at a boundary and says why it is true. */
const commentedCast = {
  meta: { type: 'problem', schema: [], messages: { bare: 'Say on this line, or the one above, why the cast is true; or parse.' } },
  create(context) {
    const isCommented = (line) => context.sourceCode.getAllComments().some(({ loc }) => loc.end.line === line || loc.end.line === line - 1);
    const check = (node) => {
      const { typeName } = node.typeAnnotation;
      if (typeName?.name === 'const') return;
      if (!isCommented(node.loc.start.line) && !isCommented(node.loc.end.line)) context.report({ node, messageId: 'bare' });
    };
    return { TSAsExpression: check, TSTypeAssertion: check };
  },
};

/** What a room exports states its contract. */
const documentedExport = {
  meta: { type: 'suggestion', schema: [], messages: { bare: 'State the contract of `{{name}}` in a /** comment */.' } },
  create(context) {
    return {
      ExportNamedDeclaration(node) {
        const { declaration } = node;
        if (!declaration || !['FunctionDeclaration', 'ClassDeclaration'].includes(declaration.type)) return;
        const first = declaration.decorators?.[0] ?? node;
        const before = context.sourceCode.getCommentsBefore(first.range[0] < node.range[0] ? first : node);
        if (before.at(-1)?.type === 'Block' && before.at(-1).value.startsWith('*')) return;
        context.report({ node: declaration.id, messageId: 'bare', data: { name: declaration.id.name } });
      },
    };
  },
};

export const house = { rules: { 'commented-cast': commentedCast, 'documented-export': documentedExport } };
