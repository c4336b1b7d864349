interface Rendered {
  readonly jsonSchema: object;
}

/**
 * For `.meta({ override })` of what comes as text and is documented as what it means: keeps description and examples of
 * the rendered JSON Schema, and puts this in place of the rest.
 */
export function documentedAs(schema: object): (rendered: Rendered) => void {
  return ({ jsonSchema }) => {
    for (const key of Object.keys(jsonSchema)) {
      if (key !== 'description' && key !== 'examples') Reflect.deleteProperty(jsonSchema, key);
    }
    Object.assign(jsonSchema, schema);
  };
}
