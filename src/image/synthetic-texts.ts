import { without } from '../common/without';
import type { Provenance } from '../contract/provenance';
import type { GenerationRequest } from '../contract/request';
import { readPngTexts, replacePngTexts } from './png';
import {
  digitalSourceType,
  ofSheet,
  originSentences,
  originTitle,
  provenanceOf,
} from './provenance';

/** The text chunk that holds the request. */
const REQUEST_KEYWORD = 'phantoscope:request';
/** How a model that draws in one step was made. */
const METHOD_KEYWORD = 'phantoscope:method';
/** What it was made from, as JSON. A reader must not take it for proof: it can be forged and copied. */
const PROVENANCE_KEYWORD = 'phantoscope:provenance';

/** What the image it was made from showed, and the sentence that asked for the change, as JSON. */
const EDIT_KEYWORD = 'phantoscope:edit';

/** That the pixels are not those that the model drew. */
const ENLARGED_KEYWORD = 'phantoscope:enlarged';

/**
 * What every PNG says about itself: what it was made from (in words and as IPTC's digital source type), the whole request as
 * JSON, its covariates in words, which weights made it, and of which method these are where it is not diffusion.
 */
export function syntheticTexts(
  request: GenerationRequest,
  modelHash: string,
  covariateWords: string[] = [],
  provenance: Provenance = provenanceOf(request),
): Record<string, string> {
  return {
    ...originTexts(provenance, covariateWords),
    Software: 'Phantoscope',
    [REQUEST_KEYWORD]: JSON.stringify(request),
    'phantoscope:model': modelHash,
    ...(request.method && { [METHOD_KEYWORD]: request.method }),
    ...(request.edit && { [EDIT_KEYWORD]: JSON.stringify(request.edit) }),
  };
}

/**
 * The same for a sheet of pictures: what it was made from is what its least known picture was. Neither source image nor masks
 * are named: a sheet has none of its own.
 */
export function sheetTexts(
  asked: GenerationRequest,
  modelHash: string,
  what: string,
  pictures: readonly (Provenance | undefined)[],
): Record<string, string> {
  const request = without(asked, 'init', 'inpaint', 'edit', 'mask'); // their pixels belong into no file
  return syntheticTexts(request, modelHash, [what], ofSheet(pictures));
}

/** The same PNG, pixel data untouched, that says of itself what `provenance` says. */
export async function relabel(png: Blob, provenance: Provenance): Promise<Blob> {
  const { Description = '' } = await readPngTexts(png);
  const asked = /\nAsked for: (.*)$/s.exec(Description)?.[1];
  return replacePngTexts(png, originTexts(provenance, asked === undefined ? [] : [asked]));
}

/** What a PNG says of itself, and that it was made so many times as wide and high. */
export function enlargedTexts(
  texts: Record<string, string>,
  factor: number,
): Record<string, string> {
  const [sentences, ...asked] = (texts.Description ?? '').split('\nAsked for: ');
  const said = `${sentences} Enlarged ${factor}x by Lanczos interpolation; no detail was added.`;
  return {
    ...texts,
    Description: [said.trim(), ...asked].join('\nAsked for: '),
    [ENLARGED_KEYWORD]: `${factor}x by Lanczos interpolation; no detail was added`,
  };
}

/** The request inside a PNG that this app made; null in any other PNG. */
export async function readRequest(png: Blob): Promise<GenerationRequest | null> {
  const text = (await readPngTexts(png))[REQUEST_KEYWORD];
  return text === undefined ? null : (JSON.parse(text) as GenerationRequest);
}

function originTexts(provenance: Provenance, covariateWords: string[]): Record<string, string> {
  const asked = covariateWords.length > 0 ? `\nAsked for: ${covariateWords.join(', ')}` : '';
  const { dicom: _header, ...plain } = provenance; // a source's UIDs belong into DICOM files only
  return {
    Title: originTitle(provenance),
    Description: originSentences(provenance) + asked,
    [PROVENANCE_KEYWORD]: JSON.stringify(plain),
    'XML:com.adobe.xmp': xmp(digitalSourceType(provenance)),
  };
}

/** https://iptc.org/std/photometadata/specification, property Digital Source Type. */
const xmp = (sourceType: string) => `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <Iptc4xmpExt:DigitalSourceType>${sourceType}</Iptc4xmpExt:DigitalSourceType>
   <xmp:CreatorTool>Phantoscope</xmp:CreatorTool>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`;
