import type { GenerationRequest } from '../../workers/api';
import { readPngTexts } from './png';

/** The text chunk that holds the request. */
const REQUEST_KEYWORD = 'phantoscope:request';

/**
 * What every PNG says about itself: that it is synthetic (in words and as IPTC's digital source type), the whole
 * request as JSON, its covariates in words, and which weights made it.
 */
export function syntheticTexts(
  request: GenerationRequest,
  modelHash: string,
  covariateWords: string[] = [],
): Record<string, string> {
  return {
    Title: 'Synthetic medical image',
    Description:
      'Synthetic image, made by a generative model. Shows no real patient. Not for diagnosis.' +
      (covariateWords.length > 0 ? `\nAsked for: ${covariateWords.join(', ')}` : ''),
    Software: 'Phantoscope',
    [REQUEST_KEYWORD]: JSON.stringify(request),
    'phantoscope:model': modelHash,
    'XML:com.adobe.xmp': XMP,
  };
}

/** The request inside a PNG that this app made; null in any other PNG. */
export async function readRequest(png: Blob): Promise<GenerationRequest | null> {
  const text = (await readPngTexts(png))[REQUEST_KEYWORD];
  return text === undefined ? null : (JSON.parse(text) as GenerationRequest);
}

/** https://iptc.org/std/photometadata/specification, property Digital Source Type. */
const XMP = `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>
   <xmp:CreatorTool>Phantoscope</xmp:CreatorTool>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`;
