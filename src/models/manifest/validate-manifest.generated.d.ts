/** What the compiled schema check found wrong; Ajv's error object, as far as it is read here. */
export interface SchemaError {
  instancePath: string;
  message?: string;
  params: Record<string, unknown>;
}

declare const validate: {
  (value: unknown): boolean;
  errors?: SchemaError[] | null;
};
export default validate;
