/** Which browser extensions can show an application's page: the file format of docs/compatibility.md. */
import * as z from 'zod';

const range = z.string().min(1).max(256).describe('A semver range, such as ">=4.1.0 <6".');
const onUnsure = z.enum(['allow', 'refuse']);

export const extensionSchema = z.strictObject({
  id: z.string().regex(/^[!-~]{1,128}$/, 'must be an extension id, such as jlgkpaicikihijadgifklkbpdajbkhjo'),
  name: z.string().min(1).max(128).optional().describe('For people.'),
  versions: range.default('*'),
  browsers: z
    .array(z.strictObject({ name: z.string().min(1).max(64), versions: range.default('*') }))
    .min(1)
    .optional()
    .describe('If absent, any.'),
  hosts: z
    .array(z.string().min(1).max(512))
    .min(1)
    .optional()
    .describe('Manifest V3 match patterns of the pages that it has access to; if absent, all.'),
  uiModes: z.array(z.string().min(1).max(64)).min(1).optional().describe('If absent, any.'),
  maxUriLength: z.int().min(1).max(2_097_152).optional().describe('In characters.'),
});

export const extensionMatrixSchema = z.strictObject({
  version: z.literal(1),
  unlisted: onUnsure.default('refuse').describe('A trigger that names an extension which is not listed.'),
  unsaid: onUnsure
    .default('allow')
    .describe('A trigger that does not say which extension, version, browser or browser version it is.'),
  extensions: z.array(extensionSchema).min(1).max(1000),
});

export type ExtensionMatrix = z.infer<typeof extensionMatrixSchema>;
export type Extension = z.infer<typeof extensionSchema>;
