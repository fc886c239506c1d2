import { AutoTokenizer } from '@huggingface/transformers';
import { withFiles } from '../../models/runtime/transformers-files';
import { tokenizerLayout, unreadable, type Encode } from './tokenizer';

/**
 * transformers.js' tokenizer for the texts of tokenizer.json and tokenizer_config.json, of the class that these name. For
 * packages that somebody brings: it weighs ten times what the reader of the shipped models does, and is fetched now. Rejects
 * with `ModelCorrupt` where it cannot read them.
 */
export async function openAutoTokenizer(
  tokenizerJson: string,
  tokenizerConfigJson: string,
): Promise<Encode> {
  try {
    const { layout, config } = tokenizerLayout(tokenizerJson, tokenizerConfigJson);
    const files = {
      'tokenizer.json': JSON.stringify(layout),
      'tokenizer_config.json': JSON.stringify(config),
    };
    const tokenizer = await withFiles(files, (name) => AutoTokenizer.from_pretrained(name));
    return (text, special) => tokenizer.encode(text, { add_special_tokens: special });
  } catch (cause) {
    throw unreadable(cause);
  }
}
