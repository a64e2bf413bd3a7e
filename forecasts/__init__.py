"""Forecasts of single series: short, annual, regional, and honest about how wide."""

from forecasts.coherence import added_up, scaled_to_parent
from forecasts.models import MODELS, forecast, forecast_from_peers

__all__ = ["MODELS", "added_up", "forecast", "forecast_from_peers", "scaled_to_parent"]
