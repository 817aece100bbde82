"""Reading numbers and dates off a page, offline: what stands there, how sure that is, and where.

Text lines are found by one network and read by another, both run by OpenCV (docs/reading.md). What a line says is never
its greedy text: each value that is possible there is scored, and the posterior over all of them is the confidence.
Knows no database and no settings; an image goes in, fields come out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: An image as (height, width, 3), RGB.
Pixels = npt.NDArray[np.uint8]
