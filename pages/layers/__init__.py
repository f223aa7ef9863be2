"""The layer inspector, /layers."""
