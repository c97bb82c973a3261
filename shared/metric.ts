/** A metric with its values, as prom-client gives it. */
import * as z from 'zod';

export const metricSchema = z.object({
  name: z.string(),
  help: z.string(),
  type: z.enum(['counter', 'gauge', 'histogram']),
  values: z
    .array(
      z.object({
        value: z.number(),
        labels: z.record(z.string(), z.union([z.string(), z.number()])),
        metricName: z.string().optional(),
      }),
    )
    .describe('Of a histogram one for each bucket, `_sum` and `_count`, told apart by `metricName`.'),
});

export type Metric = z.infer<typeof metricSchema>;
