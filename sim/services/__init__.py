"""Stocks of places, beds and staff, programmes and needs, over the projected people."""
