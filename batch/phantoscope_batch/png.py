"""Pictures and masks as PNG files that say what they are: src/image/png.ts, synthetic-texts.ts and recorded-request.ts."""

import hashlib
import io

import numpy as np
from PIL import Image, PngImagePlugin

from phantoscope_batch.json_text import compact_json, number_text

_XMP = '''<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
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
<?xpacket end="r"?>'''


def recorded_request(planned, mask, seed=None, checked=None):
    """The request as a PNG records it: the seed of the try that was kept, what the check said of it, a hash in place of the mask."""
    request = planned.request | ({} if checked is None else {'seed': seed, 'checked': checked})
    return request if mask is None else request | {'mask': {'sha256': hashlib.sha256(mask.astype('<u2').tobytes()).hexdigest()}}


def picture_texts(request, entry, model_sha256):
    """{keyword: text} of a picture's PNG: what it is, in words and as IPTC's digital source type, its recorded request, its weights."""
    asked = covariate_words(request['covariates'], entry['conditions']['covariates'])
    said = f'\nAsked for: {", ".join(asked)}' if asked else ''
    return {
        'Title': 'Synthetic medical image',
        'Description': f'Synthetic image, made by a generative model. Shows no real patient. Not for diagnosis.{said}',
        'phantoscope:provenance': compact_json({'origin': 'mask' if 'mask' in request else 'text'}),
        'XML:com.adobe.xmp': _XMP,
        'Software': 'Phantoscope',
        'phantoscope:request': compact_json(request),
        'phantoscope:model': model_sha256,
    }


def covariate_words(values, covariates):
    """Each value in words, in the manifest's order: "age 50 years", "female"; src/models/manifest/describe-covariates.ts."""
    out = []
    for one in covariates:
        if one['name'] not in values:
            continue
        value, choices = values[one['name']], one.get('choices', [])
        title = next((choice['title'] for choice in choices if choice['value'] == value), None)
        if title and len(choices) == 2:
            out.append(title)
            continue
        name = one['title'] if one['title'][1:2].isupper() else one['title'][0].lower() + one['title'][1:]
        out.append(f'{name} {title or number_text(value)}' + (f' {one["unit"]}' if one['unit'] else ''))
    return out


def encode_png(pixels, texts):
    """Bytes of a PNG: uint8 (h, w, 3) or (h, w), or uint16 (h, w). ASCII goes into tEXt, the rest and XMP into iTXt."""
    chunks = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        plain = all(letter == '\n' or ' ' <= letter <= '~' for letter in text) and keyword != 'XML:com.adobe.xmp'
        (chunks.add_text if plain else chunks.add_itxt)(keyword, text)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, 'PNG', pnginfo=chunks, compress_level=6)
    return buffer.getvalue()


def encode_mask(mask):
    """Instance ids as a grey PNG: 8 bit where they fit, else 16."""
    small = mask.astype(np.uint8) if mask.max(initial=0) < 256 else mask
    return encode_png(small, {'Description': 'Instance mask of a synthetic image'})
