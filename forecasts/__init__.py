"""Forecasts of single series: short, annual, regional, and honest about how wide."""

from forecasts.models import MODELS, forecast

__all__ = ["MODELS", "forecast"]
