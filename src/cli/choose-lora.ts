import type { LoraChoice } from '../contract/request';
import { baseOf, readLoraFile } from '../finetune/lora-file';
import { hashFactors } from '../models/manifest/hash-factors';

/** A file of factors as a request has it; its own title, or its name where it says none. */
export async function chooseLora(
  file: Blob,
  strength: number,
  name?: string,
): Promise<LoraChoice & { factors: NonNullable<LoraChoice['factors']>; sha256: string }> {
  const { factors, facts } = await readLoraFile(file);
  const { title = name?.replace(/\.safetensors$/i, ''), word } = facts;
  const sha256 = await hashFactors(factors);
  return { factors, strength, sha256, title, ...(word ? { word } : {}), ...baseOf(facts) };
}
