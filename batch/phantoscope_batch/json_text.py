"""Numbers and JSON in the letters that JavaScript writes: hashes of JSON and numbers inside prompts depend on them."""

import json
import re


def number_text(x):
    """A number as JavaScript's String(x) writes it: 3.0 is "3", 1e-5 is "0.00001". ECMA-262, Number::toString."""
    text = repr(float(x)).removesuffix('.0')
    found = re.fullmatch(r'(-?)(\d)(?:\.(\d+))?e([+-]\d+)', text)
    if not found:
        return '0' if text == '-0' else text
    sign, digits, power = found[1], found[2] + (found[3] or ''), int(found[4])
    if 0 <= power < 21:
        return sign + digits.ljust(power + 1, '0')
    if -7 < power < 0:
        return f'{sign}0.{"0" * (-power - 1)}{digits}'
    return f'{sign}{digits[0]}{"." if digits[1:] else ""}{digits[1:]}e{power:+d}'


def compact_json(value):
    """The text of JSON.stringify(value): no spaces, letters as they are."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, dict):
        return '{' + ','.join(f'{json.dumps(name, ensure_ascii=False)}:{compact_json(one)}' for name, one in value.items()) + '}'
    return '[' + ','.join(compact_json(one) for one in value) + ']'
