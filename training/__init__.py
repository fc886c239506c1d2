"""Makes the model in public/models/ from open medical images; see README.md.

What both Python packages need stands in batch/, which is installed alone; here it is found without being installed.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'batch'))
