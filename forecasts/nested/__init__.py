"""The forecast engine of every rate, share and index in a tree of regions: nation, province, city, district.

>>> from forecasts.nested import Measurement, Nested, TreeScale
"""

from forecasts.nested.draws import draws
from forecasts.nested.grade import evidence
from forecasts.nested.measurements import Measurement
from forecasts.nested.model import Nested
from forecasts.nested.predictive import Predictive
from forecasts.nested.scale import TreeScale
from forecasts.nested.steps import Step

__all__ = ["Measurement", "Nested", "Predictive", "Step", "TreeScale", "draws", "evidence"]
